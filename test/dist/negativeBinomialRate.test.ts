import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { klDivergence } from "../../src/dist/divergence/kl.ts"
import { Gamma } from "../../src/dist/Gamma.ts"
import { NegativeBinomial, negativeBinomialRate } from "../../src/dist/NegativeBinomial.ts"
import { Poisson } from "../../src/dist/Poisson.ts"
import { SupportViolation } from "../../src/Errors.ts"
import { Key } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { mean, standardError } from "../support/goodnessOfFit.ts"
import { compute, scalar, tensorOf, useCpu } from "../support/onCpu.ts"
import { z } from "./laws/chance.ts"
import { tidied } from "./laws/evaluate.ts"

useCpu()

/** p(x) for x below `length` by p(x + 1) = p(x) π (r + x)/(x + 1), in float64. */
const masses = (count: number, probs: number, length: number): ReadonlyArray<number> => {
  const found = [(1 - probs) ** count]
  for (let x = 0; x + 1 < length; x++) found.push(((found[x] as number) * probs * (count + x)) / (x + 1))
  return found
}

describe.each([
  [0.4, 0.6],
  [2, 0.25],
  [4, 0.5]
])("the rate of NegativeBinomial with count %f and probs %f", (count, probs) => {
  const rateLaw = negativeBinomialRate({ count, probs })

  it("makes Poisson counts of that law", () => {
    // ∫ Poisson(x | λ) p(λ) dλ with λ = e^s, by the trapezoid rule, which for an analytic integrand that ends softly at both sides is exact
    const logs = Float32Array.from({ length: 2000 }, (_, i) => -60 + (66 * i) / 2000)
    const counts = [0, 1, 2, 5, 12]
    const density = compute(() => rateLaw.logDensity(tf.exp(logs))).values
    counts.forEach((x) => {
      const given = compute(() =>
        Poisson({ logRate: Tensor.of([logs.length], tf.tensor1d(logs)) }).logDensity(tf.scalar(x))
      ).values
      const integrand = Array.from(logs, (s, i) => Math.exp((density[i] as number) + (given[i] as number) + s))
      const integral = integrand.reduce((sum, y) => sum + y, 0) * (66 / 2000)
      const mass = Math.exp(scalar(() => NegativeBinomial({ count, probs }).logProb(tf.scalar(x))))
      // 1e-5: exponents of size 60 in float32
      expect(Math.abs(integral / mass - 1), `x = ${x}`).toBeLessThan(1e-5)
      expect(Math.abs(mass / (masses(count, probs, 13)[x] as number) - 1), `x = ${x}`).toBeLessThan(1e-5)
    })
  })

  it("carries the gradient of E[f(count)] along its path into the Poisson score function", () => {
    // f(x) = x/(x + 2): bounded and increasing
    const expectation = (r: number, odds: number): number =>
      masses(r, 1 / (1 + Math.exp(-odds)), 400).reduce((sum, p, x) => sum + (p * x) / (x + 2), 0)
    const [odds, h] = [Math.log(probs / (1 - probs)), 1e-4]
    const exact = [
      (expectation(count + h, odds) - expectation(count - h, odds)) / (2 * h),
      (expectation(count, odds + h) - expectation(count, odds - h)) / (2 * h)
    ]
    const rates = (r: tf.Tensor, logits: tf.Tensor, lane: number): Tensor =>
      negativeBinomialRate({ count: Tensor.of([], r), logits: Tensor.of([], logits) })
        .iid(perBatch)
        .sample({ ...Key.of(31), lane })
    const estimates = Array.from({ length: 100 }, (_, lane) => {
      const counts = compute(() => {
        const rate = rates(tf.scalar(count), tf.scalar(odds), lane)
        return Poisson({ rate }).sample({ ...Key.of(32), lane })
      })
      return tidied(() => {
        const x = tensorOf(counts)
        const surrogate = (r: tf.Tensor, logits: tf.Tensor): tf.Tensor =>
          tf.mean(tf.mul(tf.div(x, tf.add(x, 2)), Poisson({ rate: rates(r, logits, lane) }).logDensity(x)))
        return tf
          .grads(surrogate)([tf.scalar(count), tf.scalar(odds)])
          .map((each) => each.dataSync()[0] as number)
      })
    })
    exact.forEach((value, i) => {
      const seen = estimates.map((each) => each[i] as number)
      expect(Math.abs(mean(seen) - value)).toBeLessThan(z * standardError(seen))
      // an estimate of 0, or of twice the gradient, would be found out
      expect(Math.abs(value)).toBeGreaterThan(z * standardError(seen))
    })
  })

  it("is the Gamma distribution with that count and the odds of a failure, by any parameter", () => {
    const logits = Math.log(probs / (1 - probs))
    const average = (count * probs) / (1 - probs)
    const gamma = Gamma(count, (1 - probs) / probs)
    for (const dist of [
      rateLaw,
      negativeBinomialRate({ count, logits }),
      negativeBinomialRate({ count, mean: average })
    ]) {
      expect(dist.family).toBe("Gamma")
      expect(scalar(() => dist.mean())).toBeCloseTo(average, 5)
      expect(scalar(() => dist.logProb(tf.scalar(0.7)))).toBeCloseTo(
        scalar(() => gamma.logProb(tf.scalar(0.7))),
        5
      )
      expect(scalar(() => dist.cdf(tf.scalar(0.7)))).toBeCloseTo(
        scalar(() => gamma.cdf(tf.scalar(0.7))),
        6
      )
      expect(scalar(() => klDivergence(dist, gamma))).toBeCloseTo(0, 5)
    }
  })
})

const perBatch = 150

it("refuses numbers that its constraints exclude, by the name of the parameter", () => {
  expect(() => negativeBinomialRate({ count: 0, probs: 0.5 })).toThrow(SupportViolation)
  expect(() => negativeBinomialRate({ count: 1, probs: 1 })).toThrow("negativeBinomialRate.probs")
})
