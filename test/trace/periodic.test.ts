import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Masked } from "../../src/dist/combine/Masked.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { rangeOfDraws } from "../../src/dist/rangeOfDraws.ts"
import { VonMises } from "../../src/dist/VonMises.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { type Graph, nameOf } from "../../src/trace/Graph.ts"
import { readsPeriodically } from "../../src/trace/periodic.ts"
import { rangesOf } from "../../src/trace/ranges/rangesOf.ts"
import { record } from "../../src/trace/record.ts"
import { tidied } from "../dist/laws/evaluate.ts"
import { type Numbers, numbers, runGraph, useCpu } from "../support/onCpu.ts"

useCpu()

type Read = (z: tf.Tensor, w: tf.Tensor) => tf.Tensor

const recorded = (f: Read): Graph => record(({ input }) => ({ y: f(input("z", [3]), input("w", [3])) }))

const isPeriodic = (f: Read, period = 2 * Math.PI): boolean => {
  const graph = recorded(f)
  const circle = tidied(() => rangeOfDraws(VonMises(0, 1)))
  const ranges = rangesOf(graph, (node) => (node.kernel === "Input" && nameOf(node) === "z" ? circle : undefined))
  const draw = graph.nodes.findIndex((node) => node.kernel === "Input" && nameOf(node) === "z")
  return readsPeriodically(graph, new Set([draw]), period, Object.values(graph.outputs), ranges)
}

/** How much f changes when an angle z moves on by 2π. */
const change = (f: Read, from: number): number => {
  const graph = recorded(f)
  const at = (z: number): ReadonlyArray<number> => {
    const given = tidied(() => [tf.tensor1d([z, 0.4, -0.2]), tf.tensor1d([0.3, 0.7, -1.1])].map(numbers))
    const [zs, ws] = given as [Numbers, Numbers]
    return Array.from(runGraph(graph, { z: zs, w: ws })["y"]?.values ?? [])
  }
  const [low, high] = [at(from), at(from + 2 * Math.PI)]
  return Math.max(...low.map((x, i) => Math.abs(x - (high[i] ?? x))))
}

const even = (): { readonly logits: Tensor<readonly [2]> } => ({ logits: Tensor.of([2], tf.zeros([2])) })
const scalars = (z: tf.Tensor): tf.Tensor => tf.squeeze(tf.slice(z, [0], [1]))

const periodic: ReadonlyArray<readonly [string, Read]> = [
  ["cos z", (z) => tf.cos(z)],
  ["sin(2z + w)", (z, w) => tf.sin(tf.add(tf.mul(z, 2), w))],
  ["exp(cos(w − z))", (z, w) => tf.exp(tf.cos(tf.sub(w, z)))],
  ["cos(z / 0.5)", (z) => tf.cos(tf.div(z, 0.5))],
  ["sin(z / [1, 0.25, −0.5])", (z) => tf.sin(tf.div(z, tf.tensor1d([1, 0.25, -0.5])))],
  ["|sin ½z|", (z) => tf.abs(tf.sin(tf.div(z, 2)))],
  ["sin²(z/2) as a quotient", (z, w) => tf.square(tf.div(tf.sin(tf.div(z, 2)), tf.add(2, w)))],
  ["cot ½z as a quotient", (z) => tf.div(tf.cos(tf.div(z, 2)), tf.sin(tf.mul(z, 0.5)))],
  ["cos of a sum of angles", (z) => tf.cos(tf.sum(z))],
  ["cos(z + sin z)", (z) => tf.cos(tf.add(z, tf.sin(z)))],
  ["cos of angles in another shape", (z) => tf.cos(tf.reshape(tf.neg(z), [1, 3]))],
  ["w·sin z − cos z", (z, w) => tf.sub(tf.mul(w, tf.sin(z)), tf.cos(z))],
  ["nothing of z", (_, w) => tf.square(w)],
  ["the density of a von Mises distribution, its end included", (z, w) => VonMises(Tensor.of([3], w), 2).logDensity(z)],
  ["a mixture of such densities", (z) => Mixture(even(), [VonMises(0, 2), VonMises(1, 3)]).logDensity(scalars(z))],
  ["a normal density of cos z", (z, w) => Normal(Tensor.of([3], tf.cos(z)), 1).logDensity(w)]
]
const others: ReadonlyArray<readonly [string, Read]> = [
  ["z", (z) => z],
  ["z²", (z) => tf.square(z)],
  ["cos(z/2)", (z) => tf.cos(tf.mul(z, 0.5))],
  ["sin(z/2)", (z) => tf.sin(tf.div(z, 2))],
  ["cos(z / 3)", (z) => tf.cos(tf.div(z, 3))],
  ["cos(2 / (z + 9)), whose draw is the divisor", (z) => tf.cos(tf.div(200, tf.add(z, 9)))],
  ["w / sin(z/2)", (z, w) => tf.div(w, tf.sin(tf.div(tf.add(z, 0.1), 2)))],
  ["cos(1.5z)", (z) => tf.sin(tf.mul(z, 1.5))],
  ["cos z + z", (z) => tf.add(tf.cos(z), z)],
  ["cos(w·z), for a w that is not known", (z, w) => tf.cos(tf.mul(w, z))],
  ["sin(z·cos z)", (z) => tf.sin(tf.mul(z, tf.add(tf.sin(z), 0.3)))],
  ["sin of the mean angle", (z) => tf.sin(tf.mean(z))],
  ["a normal density at z", (z, w) => Normal(Tensor.of([3], w), 1).logDensity(z)]
]

describe("is read with its period", () => {
  it.each(periodic)("%s", (_, f) => {
    expect(isPeriodic(f)).toBe(true)
    expect(change(f, -Math.PI)).toBeLessThan(2e-5)
  })
})

describe("is not read with its period", () => {
  it.each(others)("%s", (_, f) => {
    expect(isPeriodic(f)).toBe(false)
    expect(change(f, -1)).toBeGreaterThan(1e-2)
  })
})

it("is asked of angles and of copies of them", () => {
  const angles = VonMises(0, 1)
  const masked = tidied(() => Masked(angles.iid(2), Tensor.of([2], tf.ones([2]))).period)
  expect([angles.period, angles.iid(3).period, masked, Normal(0, 1).period]).toEqual([
    2 * Math.PI,
    2 * Math.PI,
    2 * Math.PI,
    undefined
  ])
})

it("knows other periods: a third of a circle in cos 3z and in tan(3z/2), half of it in tan z", () => {
  expect(isPeriodic((z) => tf.cos(tf.mul(z, 3)), (2 * Math.PI) / 3)).toBe(true)
  expect(isPeriodic((z) => tf.tan(tf.mul(z, 1.5)), (2 * Math.PI) / 3)).toBe(true)
  expect(isPeriodic((z) => tf.tan(z), Math.PI)).toBe(true)
  expect(isPeriodic((z) => tf.cos(z), Math.PI)).toBe(false)
  expect(isPeriodic((z) => tf.sin(tf.mul(z, 2 * Math.PI)), 1)).toBe(true)
})
