import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { onCpu } from "../../src/engine/backend.ts"
import { runGraph } from "../../src/engine/runGraph.ts"
import { simdProgram } from "../../src/engine/simd/simdProgram.ts"
import { densityGraph, fixedFor } from "../../src/infer/mcmc/density.ts"
import { targetOf } from "../../src/infer/mcmc/target.ts"
import { prepare } from "../../src/infer/run/prepared.ts"
import { vectorInput } from "../../src/infer/step/fromVector.ts"
import { nameOf } from "../../src/trace/Graph.ts"
import { fixtureOf, given } from "./judged.ts"
import { programs } from "./programs/index.ts"

const chains = 3

/** Densities and gradients at points of the real numbers, here the way of a sampler and there on tfjs's cpu kernels; undefined where a sampler leaves them to an engine. */
const both = (name: string, points: ReadonlyArray<number>) => {
  const judged = programs[name]
  if (judged === undefined) throw new RangeError(`there is no program '${name}'`)
  const data = prepare(judged.data(given(fixtureOf(name))) as never)
  const target = targetOf(judged.program, data, {})
  const graph = densityGraph(target, data, chains, "density and gradient")
  const fixed = fixedFor(target, data)
  const compiled = simdProgram(graph, vectorInput, fixed, 1 << 19)
  if ("because" in compiled) return undefined
  return points.map((scale) => {
    const vectors = Float32Array.from({ length: chains * target.size }, (_, i) => scale * Math.sin(3 * i + scale))
    compiled.input.set(vectors)
    compiled.run()
    const here = Object.keys(graph.outputs).map((output) => compiled.outputs[output]?.slice())
    const there = onCpu(() =>
      tf.tidy(() => {
        const leaves = graph.nodes.flatMap((node) => {
          if (node.kernel !== "Input") return []
          const values = nameOf(node) === vectorInput ? vectors : Array.from(fixed[nameOf(node)] ?? [])
          return [[nameOf(node), tf.tensor(values, [...node.shape], node.dtype)] as const]
        })
        const outputs = runGraph(graph, Object.fromEntries(leaves))
        return Object.keys(graph.outputs).map((output) => outputs[output]?.dataSync().slice())
      })
    )
    return { here, there }
  })
}

describe("densities in WebAssembly are those of tfjs's kernels", () => {
  // a density that is flat along numbers that are there is no sampler's
  const sampled = Object.keys(programs).filter((name) => name !== "missing-covariate")
  let compared = 0
  test.each(sampled)("%s", (name) => {
    // several times, since what a call leaves behind must not change the next one
    const found = both(name, [0.3, 1, 3])
    if (found === undefined) return
    compared++
    for (const { here, there } of found)
      here.forEach((values, output) => {
        const right = there[output]
        const size = Math.max(1, ...Array.from(right ?? [], (x) => (Number.isFinite(x) ? Math.abs(x) : 0)))
        values?.forEach((x, i) => {
          const wanted = right?.[i] ?? Number.NaN
          if (Number.isFinite(wanted)) expect(Math.abs(x - wanted) / size, `${name} ${output} ${i}`).toBeLessThan(1e-4)
          else expect(x).toBe(wanted)
        })
      })
  })
  // the others have recurrences, factorisations in each call, or greatest numbers along a first axis
  test("in most programs", () => {
    expect(compared).toBeGreaterThanOrEqual(43)
  })
})
