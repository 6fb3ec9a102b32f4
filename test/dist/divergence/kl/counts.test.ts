import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Dist } from "../../../../src/dist/Dist.ts"
import { compute, useCpu } from "../../../support/onCpu.ts"
import { formsOf } from "../../laws/evaluate.ts"
import { countPairs } from "./discrete.ts"
import { kl } from "./divergence.ts"

useCpu()

// distributions with tensors as parameters are drawn inside of the tests
beforeEach(() => tf.engine().startScope())
afterEach(() => tf.engine().endScope())

/** Σ q(x) (log q(x) − log p(x)) over all values, or over all below 600, beyond which the laws below have a mass under 1e-9. */
const summed = (q: Dist, p: Dist): number => {
  const x = formsOf(q).supportValues?.() ?? tf.range(0, 600)
  const [a, b] = [q, p].map((dist) => compute(() => dist.logDensity(x)).values)
  return Array.from(a ?? []).reduce((sum, log, i) => sum + Math.exp(log) * (log - (b?.[i] ?? Number.NaN)), 0)
}

/** Rounding in float32: of the closed form's terms, and of log masses of a size up to 30 under the sum. */
const rounding = (size: number): number => 64 * 2 ** -24 * (1 + size)

describe.each(countPairs)("%s", (_, pair) => {
  it("is the sum of q(x) (log q(x) − log p(x)) over the values, and zero between a distribution and itself", () => {
    fc.assert(
      fc.property(pair, ([q, p]) => {
        expect(Math.abs(kl(q, p) - summed(q, p))).toBeLessThan(rounding(kl(q, p)))
        expect(kl(q, p)).toBeGreaterThanOrEqual(-rounding(0))
        expect(kl(q, q)).toBe(0)
      }),
      { seed: 2026, numRuns: 100 }
    )
  })
})
