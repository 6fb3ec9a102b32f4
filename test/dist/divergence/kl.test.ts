import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { table } from "../../../src/dist/divergence/kl/table.ts"
import { mean, standardError } from "../../support/goodnessOfFit.ts"
import { useCpu } from "../../support/onCpu.ts"
import { boundedPairs } from "./kl/bounded.ts"
import { continuousPairs } from "./kl/continuous.ts"
import { countPairs, discretePairs } from "./kl/discrete.ts"
import { kl, monteCarlo } from "./kl/divergence.ts"
import { gaussianPairs } from "./kl/gaussian.ts"
import { multivariatePairs } from "./kl/multivariate.ts"
import type { Pair } from "./kl/Pair.ts"
import { positivePairs } from "./kl/positive.ts"
import { transformedPairs } from "./kl/transformed.ts"

useCpu()

// distributions with tensors as parameters are drawn inside of the tests
beforeEach(() => tf.engine().startScope())
afterEach(() => tf.engine().endScope())

const pairs: ReadonlyArray<Pair> = [
  ...continuousPairs,
  ...positivePairs,
  ...boundedPairs,
  ...discretePairs,
  ...countPairs,
  ...gaussianPairs,
  ...multivariatePairs,
  ...transformedPairs
]

describe.each(pairs)("%s", (_, pair, { roundings, estimated }) => {
  const rounding = (size: number): number => roundings * 2 ** -24 * (1 + size)

  it("is what a Monte Carlo estimate of E_q[log q(x) − log p(x)] gives, within 4.5 of its own standard errors", () => {
    fc.assert(
      fc.property(pair, ([q, p]) => {
        const [exact, estimates] = [kl(q, p), monteCarlo(q, p)]
        expect(Math.abs(mean(estimates) - exact)).toBeLessThan(4.5 * standardError(estimates) + rounding(exact))
      }),
      { seed: 2026, numRuns: estimated }
    )
  })

  it("is never negative", () => {
    fc.assert(
      fc.property(pair, ([q, p]) => {
        const exact = kl(q, p)
        expect(exact).toBeGreaterThanOrEqual(-rounding(exact))
      }),
      { seed: 2026, numRuns: 40 }
    )
  })

  it("adds up over independent copies", () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 5 }), ([q, p], n, m) => {
        const one = kl(q, p)
        const many = kl(q.iid(n).iid(m), p.iid(n).iid(m))
        expect(Math.abs(many - n * m * one)).toBeLessThanOrEqual(n * m * rounding(one))
      }),
      { seed: 2026, numRuns: 15 }
    )
  })
})

describe.each(pairs.filter(([name]) => /\((\w+) ‖ \1\)/.test(name)))("%s", (_, pair) => {
  it("is zero between a distribution and itself", () => {
    fc.assert(
      fc.property(pair, ([q]) => {
        expect(kl(q, q)).toBe(0)
      }),
      { seed: 2026, numRuns: 40 }
    )
  })
})

it("is asked of every pair of the table", () => {
  const asked = pairs.map(([name]) => name.replace(/^KL\((.*) ‖ (.*)\).*$/, "$1‖$2"))
  expect(asked).toEqual(expect.arrayContaining(Object.keys(table)))
})
