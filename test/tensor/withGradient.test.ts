import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { constantOf, withBiasedGradient, withGradient } from "../../src/tensor/special/withGradient.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { print } from "../../src/trace/Graph.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { record } from "../../src/trace/record.ts"
import { compute, runGraph, useCpu } from "../support/onCpu.ts"

useCpu()

const vector = { values: Float32Array.of(1, 2, 4), shape: [3], dtype: "float32" } as const

it.each([
  ["withGradient", withGradient],
  ["withBiasedGradient", withBiasedGradient]
])("%s has the numbers of the one and the gradient of the other, recorded or not", (_, given) => {
  const f = (x: tf.Tensor): tf.Tensor => given(tf.exp(x), tf.square(x))
  expect(compute(() => f(tf.tensor1d(vector.values))).values).toEqual(
    compute(() => tf.exp(tf.tensor1d(vector.values))).values
  )
  expect([...compute(() => tf.grad(f)(tf.tensor1d(vector.values))).values]).toEqual([2, 4, 8])
  const graph = differentiate(
    record(({ input }) => ({ loss: tf.sum(f(input("x", [3]))) })),
    "loss",
    ["x"]
  )
  for (const each of [graph, simplify(graph)])
    expect([...(runGraph(each, { x: vector })["grad:x"]?.values ?? [])]).toEqual([2, 4, 8])
})

it("sums the gradient over the dimensions along which a path was broadcast", () => {
  const gradient = compute(() => tf.grad((x: tf.Tensor) => withGradient(tf.tensor1d([1, 2, 3]), x))(tf.scalar(5)))
  expect([...gradient.values]).toEqual([3])
})

it("a constant keeps its numbers and has no gradient", () => {
  expect([
    ...compute(() => tf.grad((x: tf.Tensor) => tf.mul(x, constantOf(x)))(tf.tensor1d(vector.values))).values
  ]).toEqual([1, 2, 4])
})

it("leaves nothing behind in a simplified graph", () => {
  const graph = simplify(record(({ input }) => ({ y: withGradient(input("x", [3]), input("path", [3])) })))
  expect(print(graph)).not.toContain("WithGradient")
  expect(graph.nodes.filter(({ kernel }) => kernel !== "Input")).toEqual([])
})
