import { describe, expect, it } from "vitest"
import { klMonteCarlo } from "../../../../src/dist/divergence/kl.ts"
import { HalfNormal } from "../../../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../../../src/dist/LogNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { ShapeMismatch, SupportViolation } from "../../../../src/Errors.ts"
import { Key } from "../../../../src/tensor/random.ts"
import { mean, standardError } from "../../../support/goodnessOfFit.ts"
import { scalar, useCpu } from "../../../support/onCpu.ts"
import { monteCarlo } from "./divergence.ts"

useCpu()

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

  it("refuses distributions of values of different shape", () => {
    expect(() => klMonteCarlo(Normal(0, 1).iid(3), Normal(0, 1), Key.of(1), 10)).toThrow(ShapeMismatch)
  })
})
