import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { differentiate } from "../../src/trace/differentiate.ts"
import { nameOf } from "../../src/trace/Graph.ts"
import { record } from "../../src/trace/record.ts"
import { recordLeaves, replay } from "../../src/trace/replay.ts"
import { partOfEach } from "../../src/trace/separable.ts"

const z = [0.3, -1.2, 0.8]

/** The part of each of three events in a number, computed; undefined where no part is separate. */
const partsOf = (f: (z: tf.Tensor) => tf.Tensor): ReadonlyArray<number> | undefined => {
  let isSeparate = true
  const graph = record((recorder) => {
    const draw = recorder.input("z", [3])
    const number = f(draw)
    const events = { draw: recorder.idOf(draw), positions: [3] }
    const each = partOfEach(recorder.graph(), recorder.idOf(number), events, recorder.tensorOf)
    isSeparate = each !== undefined
    return { each: each ?? number }
  })
  const values = tf.tidy(() => {
    const computed = replay(graph, (node) =>
      node.kernel === "Input" ? tf.tensor1d(z) : recordLeaves({ input: () => tf.scalar(0) }, new Map())(node)
    )
    return Array.from(computed[graph.outputs["each"] ?? -1]?.dataSync() ?? [])
  })
  return isSeparate ? values : undefined
}

/** The gradient of a number by its events, by tfjs's own rules. */
const gradientOf = (f: (z: tf.Tensor) => tf.Tensor): ReadonlyArray<number> => {
  const graph = differentiate(
    record((recorder) => ({ loss: f(recorder.input("z", [3])) })),
    "loss",
    ["z"]
  )
  return tf.tidy(() => {
    const computed = replay(graph, (node) =>
      node.kernel === "Input" && nameOf(node) === "z"
        ? tf.tensor1d(z)
        : recordLeaves({ input: () => tf.scalar(0) }, new Map())(node)
    )
    return Array.from(computed[graph.outputs["grad:z"] ?? -1]?.dataSync() ?? [])
  })
}

const close = (actual: ReadonlyArray<number> | undefined, expected: ReadonlyArray<number>): void => {
  expect(actual?.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(actual?.[i]).toBeCloseTo(value, 5)
}

describe("the part of a number that each event of a draw influences", () => {
  it("is its summand in a sum of functions of one event each", () =>
    close(
      partsOf((x) => tf.sum(tf.square(tf.sub(x, 1)))),
      z.map((x) => (x - 1) ** 2)
    ))

  it("goes through sums, differences and constant factors; what does not depend on the draw is left out", () =>
    close(
      partsOf((x) => tf.sub(tf.mul(3, tf.add(tf.sum(tf.exp(x)), 7)), tf.div(tf.sum(tf.mul(x, [1, 2, 3])), 2))),
      z.map((x, i) => 3 * Math.exp(x) - (x * (i + 1)) / 2)
    ))

  it("includes all that mixes the events", () => {
    const total = z.reduce((a, b) => a + b)
    close(
      partsOf((x) => tf.add(tf.sum(tf.square(x)), tf.sin(tf.sum(x)))),
      z.map((x) => x * x + Math.sin(total))
    )
  })

  it("keeps the events of a matrix apart by its rows alone", () => {
    close(
      partsOf((x) => tf.sum(tf.mul(tf.reshape(x, [3, 1]), tf.ones([3, 2])))),
      z.map((x) => 2 * x)
    )
    // the events lie along the last dimension
    expect(partsOf((x) => tf.sum(tf.mul(x, tf.ones([2, 3]))))).toBeUndefined()
    // each number of the result is made of two events
    expect(partsOf((x) => tf.sum(tf.mul(x, tf.reshape(x, [3, 1]))))).toBeUndefined()
  })

  it.each<readonly [string, (x: tf.Tensor) => tf.Tensor]>([
    ["a product of two sums", (x) => tf.mul(tf.sum(x), tf.sum(tf.square(x)))],
    ["a function of a sum", (x) => tf.exp(tf.sum(x))],
    ["a product of matrices", (x) => tf.sum(tf.matMul(tf.ones([3, 3]), tf.reshape(x, [3, 1])))],
    ["a reversed order", (x) => tf.sum(tf.mul(x, tf.reverse(x)))],
    ["a running sum", (x) => tf.sum(tf.cumsum(x))],
    ["the largest", (x) => tf.max(x)],
    ["one of them", (x) => tf.slice(x, [1], [1]).reshape([])]
  ])("%s is not separate", (_, f) => expect(partsOf(f)).toBeUndefined())

  it("has all of the number's gradient by that event", () => {
    const f = (x: tf.Tensor): tf.Tensor =>
      tf.sub(
        tf.mul(2, tf.sum(tf.mul(tf.sigmoid(x), [1, 2, 3]))),
        tf.add(tf.sum(tf.log(tf.add(tf.square(x), 1))), tf.scalar(4))
      )
    // the derivative of each part by its own event, by differences
    const h = 1e-3
    const exact = gradientOf(f)
    const part = (x: number, i: number): number => 2 * (i + 1) * (1 / (1 + Math.exp(-x))) - Math.log(x * x + 1)
    close(
      partsOf(f),
      z.map((x, i) => part(x, i))
    )
    for (const [i, x] of z.entries()) expect((part(x + h, i) - part(x - h, i)) / (2 * h)).toBeCloseTo(exact[i] ?? 0, 4)
  })
})
