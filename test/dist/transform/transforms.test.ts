import * as tf from "@tensorflow/tfjs"
import { Transform } from "../../../src/dist/transform/index.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { useCpu } from "../../support/onCpu.ts"
import { type Case, number, reals, transformLaws } from "./laws.ts"

useCpu()

const one = reals(1)
const lower = (n: number): ReadonlyArray<number> =>
  Array.from({ length: n * n }, (_, i) => i).filter((i) => i % n <= Math.floor(i / n))
const strictlyLower = (n: number): ReadonlyArray<number> => lower(n).filter((i) => i % n < Math.floor(i / n))
const vector = (...values: ReadonlyArray<number>) => Tensor.of([values.length], tf.tensor1d([...values]))

/** Lower-triangular matrices with a diagonal from ½. */
const factors = (n: number) =>
  reals(n * n).map((values) =>
    values.map((x, i) => (i % n > Math.floor(i / n) ? 0 : i % n === Math.floor(i / n) ? 0.5 + Math.abs(x) : x))
  )

const cases: ReadonlyArray<Case> = [
  { name: "identity", transform: () => Transform.identity, shape: [], x: one },
  { name: "affine", transform: () => Transform.affine(-1, 0.25), shape: [], x: one },
  { name: "exp", transform: () => Transform.exp, shape: [], x: one },
  { name: "log", transform: () => Transform.log, shape: [], x: reals(1, 0.125, 4) },
  { name: "sigmoid", transform: () => Transform.sigmoid, shape: [], x: reals(1, -4, 4) },
  { name: "softplus", transform: () => Transform.softplus, shape: [], x: reals(1, -4, 4) },
  { name: "tanh", transform: () => Transform.tanh, shape: [], x: one },
  { name: "angle", transform: () => Transform.angle, shape: [], x: one },
  { name: "power 2.5", transform: () => Transform.power(2.5), shape: [], x: reals(1, 0.25, 2) },
  { name: "power −1", transform: () => Transform.power(-1), shape: [], x: reals(1, 0.25, 2) },
  {
    name: "stickBreaking",
    transform: () => Transform.stickBreaking,
    shape: [3],
    x: reals(3),
    free: { after: [0, 1, 2] }
  },
  {
    name: "softmaxCentred",
    transform: () => Transform.softmaxCentred,
    shape: [3],
    x: reals(3),
    free: { after: [0, 1, 2] }
  },
  { name: "ordered", transform: () => Transform.ordered, shape: [4], x: reals(4) },
  { name: "ordered, a single number", transform: () => Transform.ordered, shape: [1], x: one },
  {
    name: "lowerCholesky",
    transform: () => Transform.lowerCholesky,
    shape: [6],
    x: reals(6),
    free: { after: lower(3) }
  },
  {
    name: "lowerCholeskySoftplus",
    transform: () => Transform.lowerCholeskySoftplus,
    shape: [6],
    x: reals(6),
    free: { after: lower(3) }
  },
  {
    name: "correlationCholesky",
    transform: () => Transform.correlationCholesky,
    shape: [6],
    x: reals(6, -1, 1),
    free: { after: strictlyLower(4) }
  },
  {
    name: "gram",
    transform: () => Transform.gram,
    shape: [3, 3],
    x: factors(3),
    free: { before: lower(3), after: lower(3) }
  },
  {
    name: "permute",
    transform: () => Transform.permute([3, 0, 1, 2]),
    shape: [4],
    x: reals(4)
  },
  { name: "reshape", transform: () => Transform.reshape([6], [2, 3]), shape: [6], x: reals(6) },
  { name: "inverse of exp", transform: () => Transform.inverse(Transform.exp), shape: [], x: reals(1, 0.125, 4) }
]

const chains: ReadonlyArray<Case> = [
  {
    name: "a chain of numbers",
    transform: () => Transform.chain(Transform.sigmoid, Transform.affine(-1, 2), Transform.softplus),
    shape: [],
    x: one
  },
  {
    name: "a chain to vectors",
    transform: () =>
      Transform.chain(
        Transform.affine(vector(0.5, -1, 0), vector(0.5, 1, 2)),
        Transform.permute([2, 0, 1]),
        Transform.stickBreaking
      ),
    shape: [3],
    x: reals(3, -1, 1),
    free: { after: [0, 1, 2] }
  },
  {
    name: "a chain to positive definite matrices",
    transform: () => Transform.fromReals.positiveDefinite,
    shape: [6],
    x: reals(6, -1, 1),
    free: { after: lower(3) }
  },
  {
    name: "the inverse of a chain",
    transform: () => Transform.inverse(Transform.chain(Transform.affine(1, 2), Transform.softplus)),
    shape: [],
    x: number(0.25, 4).map((x) => [x])
  },
  {
    name: "the inverse of a chain that ends between two numbers, and onwards",
    transform: () =>
      Transform.chain(Transform.inverse(Transform.chain(Transform.sigmoid, Transform.affine(2, 3))), Transform.exp),
    shape: [],
    x: number(2.5, 4.5).map((x) => [x])
  }
]

for (const each of [...cases, ...chains]) transformLaws(each)
