import fc from "fast-check"
import { expect, it } from "vitest"
import type { Dist } from "../../../src/dist/Dist.ts"
import { closedKl, klMonteCarlo } from "../../../src/dist/kl.ts"
import { Key } from "../../../src/tensor/random.ts"
import { mean, standardError } from "../../support/goodnessOfFit.ts"
import { scalar } from "../../support/onCpu.ts"

/** Plain numbers from which two distributions are made when they are needed, so that their tensors are freed with all others. */
export type Pair = fc.Arbitrary<() => readonly [Dist, Dist]>

const [batches, draws] = [20, 500]

/**
 * What holds of a closed form of KL(q‖p). `roundings` is how many roundings the largest of its terms, of the size of 1 + KL, may be off.
 */
export const klLaws = (pair: Pair, roundings: number): void => {
  const kl = (make: () => Dist, other: () => Dist): number => scalar(() => closedKl(make(), other()) ?? missing())
  const rounding = (size: number): number => roundings * 2 ** -24 * (1 + size)

  it("is what a Monte Carlo estimate of E_q[log q(x) − log p(x)] gives, within 7 of its own standard errors", () => {
    fc.assert(
      fc.property(pair, (make) => {
        const estimates = Array.from({ length: batches }, (_, lane) =>
          scalar(() => klMonteCarlo(make()[0], make()[1], { ...Key.of(1, "kl"), lane }, draws))
        )
        const exact = kl(
          () => make()[0],
          () => make()[1]
        )
        // 20 estimates give a t distribution: beyond 7 it has a probability of 1e-6
        expect(Math.abs(mean(estimates) - exact)).toBeLessThan(7 * standardError(estimates) + rounding(exact))
      }),
      { seed: 2026, numRuns: 4 }
    )
  })

  it("is never negative", () => {
    fc.assert(
      fc.property(pair, (make) => {
        const value = kl(
          () => make()[0],
          () => make()[1]
        )
        expect(value).toBeGreaterThanOrEqual(-rounding(value))
      }),
      { seed: 2026, numRuns: 50 }
    )
  })

  it("is zero between a distribution and itself", () => {
    fc.assert(
      fc.property(pair, (make) => {
        const q = (): Dist => make()[0]
        expect(kl(q, q)).toBe(0)
      }),
      { seed: 2026, numRuns: 30 }
    )
  })

  it("adds up over independent copies", () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), (make, n, m) => {
        const one = kl(
          () => make()[0],
          () => make()[1]
        )
        const many = kl(
          () => make()[0].iid(n).iid(m),
          () => make()[1].iid(n).iid(m)
        )
        expect(Math.abs(many - n * m * one)).toBeLessThanOrEqual(n * m * rounding(one))
      }),
      { seed: 2026, numRuns: 30 }
    )
  })
}

const missing = (): never => {
  throw new Error("the table has no closed form for this pair")
}
