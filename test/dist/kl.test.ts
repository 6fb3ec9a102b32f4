import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Binomial } from "../../src/dist/Binomial.ts"
import { DiscreteUniform } from "../../src/dist/DiscreteUniform.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import { Exponential } from "../../src/dist/Exponential.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { Kumaraswamy } from "../../src/dist/Kumaraswamy.ts"
import { closedKl, hasKl, klDivergence, klMonteCarlo } from "../../src/dist/kl.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Pareto } from "../../src/dist/Pareto.ts"
import { Transformed } from "../../src/dist/Transformed.ts"
import { Transform } from "../../src/dist/transform/index.ts"
import { Uniform } from "../../src/dist/Uniform.ts"
import { ShapeMismatch, SupportViolation } from "../../src/Errors.ts"
import { Key } from "../../src/tensor/random.ts"
import { mean, standardError } from "../support/goodnessOfFit.ts"
import { compute, scalar, useCpu } from "../support/onCpu.ts"
import { boundedPairs } from "./kl/bounded.ts"
import { continuousPairs } from "./kl/continuous.ts"
import { discretePairs } from "./kl/discrete.ts"
import { positivePairs } from "./kl/positive.ts"
import { transformed } from "./kl/transformed.ts"

useCpu()

// distributions with tensors as parameters are drawn inside of the tests
beforeEach(() => tf.engine().startScope())
afterEach(() => tf.engine().endScope())

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const normal = fc.tuple(number(-2, 2), number(0.3, 3)).map(([loc, scale]) => Normal(loc, scale))
const bernoulli = number(-4, 4).map((logits) => Bernoulli({ logits }))

const pairs: ReadonlyArray<readonly [string, fc.Arbitrary<readonly [Dist, Dist]>]> = [
  ["KL(Normal ‖ Normal)", fc.tuple(normal, normal)],
  ["KL(Bernoulli ‖ Bernoulli)", fc.tuple(bernoulli, bernoulli)],
  ...continuousPairs,
  ...discretePairs,
  ...transformed,
  ...boundedPairs,
  ...positivePairs
]
const ofOneFamily = pairs.filter(([name]) => /\((\w+) ‖ \1\)/.test(name))

const kl = (q: Dist, p: Dist): number => scalar(() => closedKl(q, p) ?? fail())

/** Independent estimates, each from 100 draws: what `klMonteCarlo` gives for the first lanes of a key, in one go. */
const monteCarlo = (q: Dist, p: Dist, lanes = 40): ReadonlyArray<number> => {
  const { values } = compute(() => {
    const many = q.iid(100).iid(lanes)
    const x = many.sample(Key.of(1, "kl"))
    const excess = tf.sub(many.logDensity(x), p.iid(100).iid(lanes).logDensity(x))
    return tf.mean(tf.sum(excess.reshape([lanes, 100, -1]), -1), 1)
  })
  return [...values]
}

const fail = (): never => {
  throw new Error("the table has no closed form for this pair")
}

/** Rounding in float32: the closed forms add and subtract a handful of terms of this size. */
const rounding = (size: number): number => 16 * 2 ** -24 * (1 + size)

describe.each(pairs)("%s", (_, pair) => {
  it("is what a Monte Carlo estimate of E_q[log q(x) − log p(x)] gives, within 4.5 of its own standard errors", () => {
    fc.assert(
      fc.property(pair, ([q, p]) => {
        const estimates = monteCarlo(q, p)
        const error = Math.abs(mean(estimates) - kl(q, p))
        expect(error).toBeLessThan(4.5 * standardError(estimates) + rounding(kl(q, p)))
      }),
      { seed: 2026, numRuns: 25 }
    )
  })

  it("is never negative", () => {
    fc.assert(
      fc.property(pair, ([q, p]) => {
        expect(kl(q, p)).toBeGreaterThanOrEqual(-rounding(kl(q, p)))
      }),
      { seed: 2026, numRuns: 300 }
    )
  })

  it("adds up over independent copies", () => {
    fc.assert(
      fc.property(pair, fc.integer({ min: 1, max: 50 }), ([q, p], n) => {
        expect(Math.abs(kl(q.iid(n), p.iid(n)) - n * kl(q, p))).toBeLessThanOrEqual(n * rounding(kl(q, p)))
      }),
      { seed: 2026, numRuns: 100 }
    )
  })
})

describe.each(ofOneFamily)("%s", (_, pair) => {
  it("is zero between a distribution and itself", () => {
    fc.assert(
      fc.property(pair, ([q]) => {
        expect(kl(q, q)).toBe(0)
      }),
      { seed: 2026, numRuns: 100 }
    )
  })
})

describe("a Monte Carlo estimate", () => {
  it("is the mean over the draws of one key, of which lanes are independent ones", () => {
    const [q, p] = [Normal(0, 1).iid(2), Normal(1, 2).iid(2)]
    const lanes = [0, 1, 7].map((lane) => scalar(() => klMonteCarlo(q, p, { ...Key.of(1, "kl"), lane }, 100)))
    const all = monteCarlo(q, p)
    lanes.forEach((estimate, i) => {
      expect(estimate).toBeCloseTo(all[[0, 1, 7][i] as number] as number, 4)
    })
  })

  it("is right for a pair without a closed form: KL(LogNormal(0, 1) ‖ HalfNormal(2)) = −E[log x] − H + …, by hand", () => {
    // log q − log p at x = e^y, y ~ N(0, 1): −½y² − ½log 2π − y − ½log(2/π) + log 2 + x²/8, and E[x²] = e²
    const exact = -0.5 - 0.5 * Math.log(2 * Math.PI) - 0.5 * Math.log(2 / Math.PI) + Math.log(2) + Math.exp(2) / 8
    const estimates = monteCarlo(LogNormal(0, 1), HalfNormal(2), 200)
    // x² has a long tail: the standard error is itself uncertain, so that 6 of them are allowed
    expect(Math.abs(mean(estimates) - exact)).toBeLessThan(6 * standardError(estimates))
    expect(standardError(estimates)).toBeLessThan(0.1 * exact)
  })

  it("refuses a number of draws that is not a whole number from 1", () => {
    expect(() => klMonteCarlo(Normal(0, 1), Normal(0, 1), Key.of(1), 0)).toThrow(SupportViolation)
  })
})

describe("the table", () => {
  it("agrees with values worked out by hand", () => {
    expect(kl(Normal(1, 1), Normal(0, 1))).toBeCloseTo(0.5, 6)
    expect(kl(Normal(0, 2), Normal(0, 1))).toBeCloseTo(1.5 - Math.log(2), 6)
    expect(kl(Bernoulli({ probs: 0.75 }), Bernoulli({ probs: 0.5 }))).toBeCloseTo(
      0.75 * Math.log(1.5) + 0.25 * Math.log(0.5),
      6
    )
    expect(kl(Bernoulli({ logits: 30 }), Bernoulli({ logits: -30 }))).toBeCloseTo(30, 5)
  })

  it("is infinite where the first may take a value that the second does not", () => {
    expect(kl(Uniform(0, 1), Uniform(0.5, 2))).toBe(Infinity)
    expect(kl(Uniform(0, 1), Uniform(-1, 0.5))).toBe(Infinity)
    expect(kl(Uniform(-0.5, 1), Exponential(1))).toBe(Infinity)
    expect(kl(Uniform(-0.5, 1), HalfNormal(1))).toBe(Infinity)
    expect(kl(Pareto(0.5, 2), Pareto(1, 2))).toBe(Infinity)
    expect(kl(Kumaraswamy(1, 2), Uniform(0.1, 2))).toBe(Infinity)
    expect(kl(Pareto(1, 0.9), Exponential(1))).toBe(Infinity)
  })

  it("sums over a value that some parameters broadcast to", () => {
    const p = Normal(0, 1).iid(3).iid(2)
    expect(kl(Normal(1, 1).iid(3).iid(2), p)).toBeCloseTo(6 * 0.5, 5)
  })

  it("says which pairs it has; the others give undefined where families are known at run time only", () => {
    expect(hasKl(Normal(0, 1), Normal(0, 1))).toBe(true)
    expect(hasKl(Bernoulli({ logits: 0 }), Bernoulli({ probs: 0.5 }))).toBe(true)
    expect(hasKl(LogNormal(0, 1), HalfNormal(1))).toBe(false)
    expect(closedKl(LogNormal(0, 1), HalfNormal(1))).toBeUndefined()
    expect(scalar(() => klDivergence(Normal(1, 1), Normal(0, 1)))).toBeCloseTo(0.5, 6)
  })

  it("has no closed form for counts that differ, and says so", () => {
    const [q, p] = [Binomial(3, { probs: 0.25 }), Binomial(4, { probs: 0.5 })]
    expect(closedKl(q, p)).toBeUndefined()
    expect(() => klDivergence(q, p)).toThrow("no closed form for KL(Binomial‖Binomial)")
  })

  it("is infinite where q has mass that p has not", () => {
    expect(kl(DiscreteUniform(0, 5), DiscreteUniform(1, 5))).toBe(Number.POSITIVE_INFINITY)
    expect(kl(DiscreteUniform(0, 5), DiscreteUniform(0, 4))).toBe(Number.POSITIVE_INFINITY)
  })

  it("has a pair under one transform where it has the pair, and not under two of which it does not know that they are one", () => {
    const [q, p] = [Normal(1, 1), Normal(0, 1)]
    expect(kl(Transformed(q, Transform.exp), Transformed(p, Transform.exp))).toBe(kl(q, p))
    expect(hasKl(Transformed(q, Transform.exp), Transformed(p, Transform.exp))).toBe(true)
    expect(closedKl(Transformed(q, Transform.exp), Transformed(p, Transform.softplus))).toBeUndefined()
    expect(closedKl(Transformed(q, Transform.affine(0, 2)), Transformed(p, Transform.affine(0, 3)))).toBeUndefined()
    const once = Transform.affine(0, 2)
    expect(kl(Transformed(q, once).iid(3), Transformed(p, once).iid(3))).toBe(kl(q.iid(3), p.iid(3)))
  })

  it("refuses distributions of values of different shape", () => {
    expect(() => klDivergence(Normal(0, 1).iid(3), Normal(0, 1))).toThrow(ShapeMismatch)
    expect(() => klMonteCarlo(Normal(0, 1).iid(3), Normal(0, 1), Key.of(1), 10)).toThrow(ShapeMismatch)
  })
})
