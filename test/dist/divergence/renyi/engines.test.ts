import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import type { Dist } from "../../../../src/dist/Dist.ts"
import type { Parameters } from "../../../../src/dist/divergence/kl/closedForm.ts"
import { renyiTable } from "../../../../src/dist/divergence/renyi/table.ts"
import { prepare } from "../../../../src/engine/backend.ts"
import type { Graph } from "../../../../src/trace/Graph.ts"
import { simplify } from "../../../../src/trace/passes/index.ts"
import { record } from "../../../../src/trace/record.ts"
import { engines } from "../../../engine/engines.ts"
import { nothing, pure, runOnce } from "../../../engine/harness.ts"
import { useCpu } from "../../../support/onCpu.ts"
import { made, type Reference, references } from "./families.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

/** A family for each kind of formula: together they call every kernel that the table does. */
const families = [
  "Normal",
  "Gamma",
  "Dirichlet",
  "Wishart",
  "MultivariateNormal",
  "Poisson",
  "Geometric",
  "Categorical",
  "VonMises",
  "ContinuousBernoulli"
]

const rows: ReadonlyArray<readonly [string, Reference]> = families.flatMap((family) => {
  const row = references[family]?.find(
    ({ alpha, divergence }) => alpha === 1.2 && divergence !== "inf" && divergence > 0.01
  )
  return row === undefined ? [] : [[family, row] as const]
})

const missing = (): never => {
  throw new Error("there is no closed form")
}

/** Parameters that are no tensors. */
const plain = new Set(["count", "dimension"])

/** Every divergence of parameters to which an input of 0 is added, so that no pass works them out beforehand. */
const graph = (): Graph => {
  const value = record((recorder) => {
    const zero = recorder.input("zero", [])
    const parametersOf = (dist: Dist): Parameters =>
      Object.fromEntries(
        Object.entries(dist.parameters()).map(([name, x]) => [name, plain.has(name) ? x : tf.add(x, zero)])
      )
    const outputs = rows.map(([family, { q, p, alpha }]) => {
      const make = made[family] ?? missing()
      const form = renyiTable[`${family}‖${family}` as keyof typeof renyiTable]
      return [family, tf.sum(form(parametersOf(make(q)), parametersOf(make(p)), alpha) ?? missing())] as const
    })
    return Object.fromEntries(outputs)
  })
  return simplify(value)
}

describe("Rényi's divergences", () => {
  it.each(engines)("are the same numbers on %s", async (_, source) => {
    const results = await runOnce(source, pure(graph()), nothing, 1, { zero: Float32Array.of(0) })
    expect(rows.map(([family]) => family)).toEqual(families)
    for (const [name, { q, p, divergence }] of rows) {
      const [actual = Number.NaN] = results[name] ?? []
      // as on the cpu, with another rounding of exp and log
      const error = Math.abs(actual - Number(divergence))
      expect(error, `${name}: ${actual} for ${divergence}, ${JSON.stringify([q, p])}`).toBeLessThan(
        2e-5 * (1 + Number(divergence))
      )
    }
  })
})
