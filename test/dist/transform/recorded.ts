import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import fc from "fast-check"
import { beforeAll, expect, it } from "vitest"
import { prepare } from "../../../src/engine/backend.ts"
import { layers } from "../../../src/engine/layers.ts"
import { sumOver } from "../../../src/trace/axes.ts"
import { differentiate } from "../../../src/trace/differentiate.ts"
import type { Graph } from "../../../src/trace/Graph.ts"
import { simplify } from "../../../src/trace/passes/index.ts"
import { record } from "../../../src/trace/record.ts"
import { vectorise } from "../../../src/trace/vectorise.ts"
import { distance, nothing, pure, runOnce, type Source } from "../../engine/harness.ts"
import { constraintRange, jumpsFrom } from "../../support/jumpsFrom.ts"
import { tidied } from "../laws/evaluate.ts"
import type { Case } from "./laws.ts"

const others: ReadonlyArray<readonly [string, Source]> = [
  ["onnx", layers.onnx],
  ["eager on wasm", layers.eagerOn("wasm")]
]

/** What holds of a recorded transform: a plan may differentiate through it, and every engine computes the same. */
export const recordedLaws = (each: Case): void => {
  beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

  it("is made of ops that do not jump, so that a plan may differentiate through it", () => {
    const domain = tidied(() => each.transform().domain)
    expect(jumpsFrom(recorded(each), "x", { x: constraintRange(domain) })).toEqual([])
  })

  it.each(others)(
    "gives on %s what tfjs's cpu kernels give: values, log determinants, gradients",
    async (_, engine) => {
      const axis = { name: "rows", size: 4, inputs: new Set(["x"]), sites: new Set<string>() }
      const graph = simplify(differentiate(vectorise(recorded(each), axis), "total", ["x"]))
      const x = Float32Array.from(fc.sample(each.x, { seed: 2026, numRuns: 4 }).flat())
      const results = (source: Source) => runOnce(source, pure(graph), nothing, 1, { x })
      const [here, reference] = [await results(engine), await results(layers.eagerOn("cpu"))]
      expect(Object.keys(here)).toEqual(expect.arrayContaining(["y", "logDet", "back", "grad:x"]))
      // kernels agree to 2e-6 of 1 + |value|; a graph is some tens of them, and an inverse may be steep
      for (const [name, values] of Object.entries(here))
        expect(distance(values, reference[name]), `${name}: ${values}, not ${reference[name]}`).toBeLessThan(2e-4)
    }
  )
}

/** All that a transform computes at one point. */
const recorded = (each: Case): Graph =>
  record(({ input }) => {
    const transform = each.transform()
    const x = input("x", each.shape)
    const [y, logDet] = transform.forwardAndLogDet(x)
    const [back, behind] = transform.inverseAndLogDet(y)
    const total = tf.add(tf.sum(tf.square(y)), tf.add(tf.sum(logDet), tf.sum(behind)))
    return { y, logDet, back, behind, total: sumOver(total, "rows") }
  })
