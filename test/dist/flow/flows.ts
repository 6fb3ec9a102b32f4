import * as tf from "@tensorflow/tfjs"
import { Flow } from "../../../src/dist/flow/index.ts"
import { Transform } from "../../../src/dist/transform/index.ts"
import { Tensor, typed } from "../../../src/tensor/Tensor.ts"
import type { Case } from "../transform/laws.ts"
import { reals } from "../transform/laws.ts"
import { fixedNet, numbers, vector } from "./nets.ts"

const given = (...values: ReadonlyArray<number>) => Tensor.of([values.length], tf.tensor1d([...values]))

export const planar = (b = 0.25) => Flow.planar({ w: given(1, -0.5), u: given(-1.5, 0.5), b })
export const radial = (beta = 1) => Flow.radial({ center: given(0.25, -0.5), alpha: 0.75, beta })
export const iaf = () => Flow.iaf(fixedNet([2, 8, 4], true))
export const maf = () => Flow.maf(fixedNet([2, 8, 4], true))
export const realNvp = () => Flow.realNvp(1, fixedNet([1, 8, 2]))
export const neuralSpline = () => Flow.neuralSpline(1, fixedNet([1, 8, 11]), { bins: 4, bound: 3 })
const turn = Transform.permute([1, 0])

export const flows: ReadonlyArray<Case> = [
  { name: "planar", transform: planar, shape: [2], x: reals(2) },
  {
    name: "planar whose u points against w, as far as it may",
    transform: () => Flow.planar({ w: given(1, 0.5), u: given(-4, -2), b: 0 }),
    shape: [2],
    x: reals(2)
  },
  { name: "radial, outwards", transform: radial, shape: [2], x: reals(2) },
  { name: "radial, inwards", transform: () => radial(-2), shape: [2], x: reals(2) },
  { name: "realNvp", transform: realNvp, shape: [2], x: reals(2) },
  {
    name: "realNvp of five numbers of which two are kept",
    transform: () => Flow.realNvp(2, fixedNet([2, 8, 6])),
    shape: [5],
    x: reals(5)
  },
  { name: "iaf", transform: iaf, shape: [2], x: reals(2) },
  { name: "maf", transform: maf, shape: [2], x: reals(2) },
  { name: "maf of four numbers", transform: () => Flow.maf(fixedNet([4, 9, 8], true)), shape: [4], x: reals(4) },
  {
    name: "spline",
    transform: () => Flow.spline(numbers(5, [11]), { bound: 1.5 }),
    shape: [],
    x: reals(1),
    corners: true
  },
  {
    name: "spline of one bin",
    transform: () => Flow.spline(numbers(5, [2]), { bound: 1.5 }),
    shape: [],
    x: reals(1),
    corners: true
  },
  { name: "neuralSpline", transform: neuralSpline, shape: [2], x: reals(2), corners: true },
  {
    name: "linear",
    transform: () =>
      Flow.linear({ lower: vector(1, 6), upper: vector(2, 6), logDiagonal: vector(3, 4), order: [2, 0, 3, 1] }),
    shape: [4],
    x: reals(4)
  },
  {
    name: "linear of one number",
    transform: () =>
      Flow.linear({ lower: typed(tf.zeros([0])), upper: typed(tf.zeros([0])), logDiagonal: vector(3, 1) }),
    shape: [1],
    x: reals(1)
  },
  {
    name: "a chain of flows that change sides",
    transform: () => Transform.chain(realNvp(), turn, neuralSpline(), turn, maf(), iaf()),
    shape: [2],
    x: reals(2, -1, 1),
    corners: true
  }
]
