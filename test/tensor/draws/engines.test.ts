import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../../src/engine/backend.ts"
import { leafName } from "../../../src/engine/leaves.ts"
import { standardBeta } from "../../../src/tensor/draws/beta.ts"
import { binomial } from "../../../src/tensor/draws/binomial.ts"
import { categorical } from "../../../src/tensor/draws/categorical.ts"
import { logStandardGamma } from "../../../src/tensor/draws/gamma.ts"
import { poisson } from "../../../src/tensor/draws/poisson.ts"
import { vonMises } from "../../../src/tensor/draws/vonMises.ts"
import { Key } from "../../../src/tensor/random.ts"
import { differentiate } from "../../../src/trace/differentiate.ts"
import type { Graph, Values } from "../../../src/trace/Graph.ts"
import { simplify } from "../../../src/trace/passes/index.ts"
import { record } from "../../../src/trace/record.ts"
import { engines } from "../../engine/engines.ts"
import { nothing, pure, runOnce } from "../../engine/harness.ts"
import { noiseFeeds } from "../../support/draws.ts"
import { type Numbers, runGraph, useCpu } from "../../support/onCpu.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

const copies = 8

interface Row {
  readonly parameters: ReadonlyArray<number>
  readonly draw: (key: Key, parameters: tf.Tensor, shape: ReadonlyArray<number>) => tf.Tensor
  /** how far engines may be apart, relative to 1 + |value| or to the gradient; counts and labels are the same on all */
  readonly tolerance: number
}

const rows: Readonly<Record<string, Row>> = {
  "log gamma": { parameters: [1e-3, 0.1, 0.9, 1, 3, 50, 1e4], draw: logStandardGamma, tolerance: 1e-5 },
  beta: {
    parameters: [0.1, 0.9, 1, 3, 50],
    draw: (key, a, shape) => standardBeta(key, a, tf.add(tf.div(1, a), 1), shape),
    tolerance: 2e-5
  },
  "von Mises": { parameters: [0, 0.1, 1, 10, 1000, 1e4], draw: vonMises, tolerance: 1e-5 },
  Poisson: { parameters: [0, 0.1, 3, 9.9, 10.1, 200, 1e4], draw: poisson, tolerance: 0 },
  binomial: {
    parameters: [0, 0.03, 0.3, 0.5, 0.9, 1],
    draw: (key, p, shape) => binomial(key, 300, p, shape),
    tolerance: 0
  },
  categorical: {
    parameters: [-3, 0, 1, 2],
    draw: (key, logits, shape) => categorical(key, tf.reshape(logits, [1, -1]), shape),
    tolerance: 0
  }
}

const graphOf = ({ parameters, draw }: Row): Graph =>
  simplify(
    differentiate(
      record((recorder) => {
        const y = draw(Key.of(0, "z"), recorder.input("x", [parameters.length]), [copies, parameters.length])
        return { y, total: tf.sum(y) }
      }),
      "total",
      ["x"]
    )
  )

const feedsOf = (row: Row, graph: Graph): Record<string, Values> => ({
  x: Float32Array.from(row.parameters),
  ...noiseFeeds(graph, Key.of(5))
})

const onCpu = (graph: Graph, feeds: Record<string, Values>): Readonly<Record<string, Numbers>> =>
  runGraph(
    graph,
    Object.fromEntries(
      graph.nodes.flatMap((node) => {
        const values = feeds[node.kernel === "Const" ? "" : leafName(node)]
        return values === undefined ? [] : [[leafName(node), { values, shape: node.shape, dtype: "float32" as const }]]
      })
    )
  )

describe.each(engines)("on %s", (_, engine) => {
  it.each(Object.entries(rows))("draws of %s and their gradients are those of the cpu kernels", async (_name, row) => {
    const graph = graphOf(row)
    const feeds = feedsOf(row, graph)
    const expected = onCpu(graph, feeds)
    const found = await runOnce(engine, pure(graph), nothing, 1, feeds)
    for (const output of ["y", "grad:x"]) {
      const values = expected[output]?.values ?? new Float32Array()
      expect(found[output]?.length).toBe(values.length)
      values.forEach((value, i) => {
        const gap = Math.abs((found[output]?.[i] ?? Number.NaN) - value)
        expect(gap, `${output}[${i}] is ${found[output]?.[i]}, not ${value}`).toBeLessThanOrEqual(
          row.tolerance * (1 + Math.abs(value))
        )
      })
    }
  })
})
