import * as tf from "@tensorflow/tfjs"
import { expect, test } from "vitest"
import { runInParts } from "../../src/engine/runGraph.ts"
import { graphBuilder } from "../../src/trace/build.ts"
import { leaf } from "../../src/trace/Graph.ts"
import { useCpu } from "../support/onCpu.ts"

useCpu()

test("an output has a value as soon as all its inputs are known, and each node is computed once", () => {
  const build = graphBuilder()
  const [x, y] = [build.push(leaf.input("x", [])), build.push(leaf.input("y", []))]
  const squared = build.add("Square", [x])
  const noise = build.push(leaf.noise("normal", "z", []))
  const graph = build.finish({
    squared,
    sum: build.add("Add", [squared, y]),
    noisy: build.add("Add", [squared, noise])
  })
  tf.tidy(() => {
    const known: Record<string, tf.Tensor> = { x: tf.scalar(3) }
    const compute = runInParts(graph, known)
    expect(compute("sum")).toBeUndefined()
    expect(compute("noisy")).toBeUndefined()
    expect(compute("absent")).toBeUndefined()
    const first = compute("squared")
    expect(first?.dataSync()[0]).toBe(9)
    known["y"] = tf.scalar(1)
    expect(compute("sum")?.dataSync()[0]).toBe(10)
    expect(compute("squared")).toBe(first)
  })
})
