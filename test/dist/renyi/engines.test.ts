import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { closedRenyi } from "../../../src/dist/renyi.ts"
import { prepare } from "../../../src/engine/backend.ts"
import { differentiate } from "../../../src/trace/differentiate.ts"
import type { Graph } from "../../../src/trace/Graph.ts"
import { simplify } from "../../../src/trace/passes/index.ts"
import { record } from "../../../src/trace/record.ts"
import { engines } from "../../engine/engines.ts"
import { nothing, pure, runOnce } from "../../engine/harness.ts"
import { useCpu } from "../../support/onCpu.ts"
import { made, type Reference, references } from "./families.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

/** A row of moderate size of each family, by family and order. */
const rows: ReadonlyArray<readonly [string, Reference]> = Object.entries(references).flatMap(([family, all]) =>
  [0.3, 0.999, 1.2].flatMap((alpha) => {
    const row = all.find((each) => each.alpha === alpha && each.divergence !== "inf" && each.divergence > 0.01)
    return row === undefined ? [] : [[`${family} ${alpha}`, row] as const]
  })
)

const missing = (): never => {
  throw new Error("there is no closed form")
}

/** Every divergence times one and the same input, so that no pass works them out beforehand, and its gradient. */
const graph = (): Graph => {
  const value = record((recorder) => {
    const one = recorder.input("one", [])
    const outputs = rows.map(([name, { q, p, alpha }]) => {
      const make = made[name.split(" ")[0] ?? ""] ?? missing()
      return [name, tf.mul(one, closedRenyi(make(q), make(p), alpha) ?? missing())] as const
    })
    return { ...Object.fromEntries(outputs), total: tf.addN(outputs.map(([, each]) => each)) }
  })
  return simplify(differentiate(value, "total", ["one"]))
}

describe("Rényi's divergences", () => {
  it.each(engines)("are the same numbers on %s", async (_, source) => {
    const results = await runOnce(source, pure(graph()), nothing, 1, { one: Float32Array.of(1) })
    expect(rows.length).toBeGreaterThanOrEqual(2 * Object.keys(references).length)
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
