import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { VonMisesSlope, vonMises } from "../../../src/tensor/draws/vonMises.ts"
import { Key } from "../../../src/tensor/random.ts"
import { runSpecial } from "../../../src/tensor/special/Special.ts"
import { drawsFixture, sampled, valuesOf, withSlopes, worstRelative } from "../../support/draws.ts"
import { ksDistance, ksLimit, meanDistance } from "../../support/goodnessOfFit.ts"
import { useCpu } from "../../support/onCpu.ts"

useCpu()

const steps = 4000

/** Integrals of f(t) exp(κ (cos t − 1)) from 0 to each of the points of a grid that ends where nothing is left, by Simpson's rule. */
const integrals = (kappa: number, f: (t: number) => number) => {
  const end = Math.min(Math.PI, 12 / Math.sqrt(Math.max(kappa, 1e-3)))
  const h = end / steps
  const at = (t: number): number => f(t) * Math.exp(kappa * (Math.cos(t) - 1))
  const sums = [0]
  for (let i = 0; i < steps; i++) {
    const [left, middle, right] = [at(i * h), at((i + 0.5) * h), at((i + 1) * h)]
    sums.push((sums[i] ?? 0) + (h / 6) * (left + 4 * middle + right))
  }
  return { h, sums, total: sums[steps] ?? 0 }
}

const cdf = (kappa: number): ((x: number) => number) => {
  const { h, sums, total } = integrals(kappa, () => 1)
  return (x) => {
    const place = Math.min(Math.abs(x) / h, steps - 1e-9)
    const i = Math.floor(place)
    const [below, above] = [sums[i] ?? 0, sums[i + 1] ?? 0]
    return 0.5 + (Math.sign(x) * (below + (place - i) * (above - below))) / (2 * total)
  }
}

/** E cos θ and its derivative, the variance of cos θ. */
const meanCosine = (kappa: number): readonly [number, number] => {
  const { total } = integrals(kappa, () => 1)
  const first = integrals(kappa, (t) => 1 - Math.cos(t)).total / total
  const second = integrals(kappa, (t) => (1 - Math.cos(t)) ** 2).total / total
  return [1 - first, second - first ** 2]
}

it.each([0, 0.1, 1, 10, 1000, 1e4])(
  "angles at κ = %d are distributed by the law (Kolmogorov–Smirnov, p > 0.001)",
  async (kappa) => {
    const draws = await sampled(100_000, kappa, vonMises)
    expect(Math.max(...draws.map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.PI))
    expect(ksDistance(draws, cdf(kappa))).toBeLessThan(ksLimit)
  }
)

it("lane i of a draw is row i of the whole draw", () => {
  const key = Key.of(5, "z")
  const rows = [0, 1, 2].flatMap((lane) => valuesOf(() => vonMises({ ...key, lane }, 2, [3])))
  expect(rows).toEqual(valuesOf(() => vonMises(key, 2, [3, 3])))
})

describe("the gradient of an angle by its concentration", () => {
  it("is the derivative of the quantile function by mpmath, near the middle and in the tails", () => {
    const column = (i: number): tf.Tensor => tf.tensor1d(drawsFixture.vonMisesSlopes.map((row) => row[i] ?? Number.NaN))
    const found = valuesOf(() => runSpecial(VonMisesSlope, [column(0), column(1)]))
    expect(found.length).toBeGreaterThan(40)
    // 1 − I₁/I₀ is known to 1.3e-7, and counts several times where it is near to 1 − cos θ
    expect(
      worstRelative(
        found,
        drawsFixture.vonMisesSlopes.map(([, , slope]) => slope)
      )
    ).toBeLessThan(5e-6)
  })

  it.each([0, 0.1, 1, 10, 1000, 1e4])("has the mean of the exact derivative at κ = %d", async (kappa) => {
    const { draws, slopes } = await withSlopes(20_000, kappa, vonMises)
    const cosines = draws.map((x, i) => -Math.sin(x) * (slopes[i] ?? 0))
    // four standard errors of the sample itself
    expect(meanDistance(cosines, meanCosine(kappa)[1])).toBeLessThan(4)
  })

  it("is odd, and 0 in the middle", () => {
    const slopes = valuesOf(() => runSpecial(VonMisesSlope, [3, tf.tensor1d([-1, 0, 1])]))
    expect(Math.abs(slopes[1] ?? 1)).toBe(0)
    expect(slopes[0]).toBe(-(slopes[2] ?? 0))
  })
})
