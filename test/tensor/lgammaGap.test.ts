import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../src/engine/backend.ts"
import { lgammaGap } from "../../src/tensor/special/lgammaGap.ts"
import { engines } from "../engine/engines.ts"
import { nothing, pure, runOnce } from "../engine/harness.ts"
import { compute, useCpu } from "../support/onCpu.ts"
import { feedsOf, graphOf, type Measured, worst } from "../support/specialFunctions.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

const { rows }: { readonly rows: ReadonlyArray<ReadonlyArray<number>> } = JSON.parse(
  readFileSync(new URL("../fixtures/lgamma-gap.json", import.meta.url), "utf8")
)
const column = (i: number): ReadonlyArray<number> => rows.map((row) => row[i] ?? Number.NaN)

const gap: Measured = {
  fixture: "lgammaGap",
  arity: 2,
  run: (a = tf.scalar(1), b = tf.scalar(1)) => lgammaGap(a, b)
}

describe("how far log Γ lies above its tangent", () => {
  // ten roundings of 6e-8: terms of one sign are added, each from a handful of operations
  it.each(engines)("is exact to 6e-7 of itself on %s, and so are its partial derivatives", async (_, source) => {
    const results = await runOnce(source, pure(graphOf(gap, rows.length)), nothing, 1, feedsOf(gap, rows))
    expect(worst(results["y"], column(2), 1e-37)).toBeLessThan(6e-7)
    expect(worst(results["grad:x0"], column(3), 1e-37)).toBeLessThan(6e-7)
    expect(worst(results["grad:x1"], column(4), 1e-37)).toBeLessThan(6e-7)
  })

  it("is 0 where both numbers are the same", () => {
    const x = [1e-30, 1e-3, 1, 8, 1e5, 1e20]
    expect([...compute(() => lgammaGap(tf.tensor1d(x), tf.tensor1d(x))).values]).toEqual(x.map(() => 0))
  })
})
