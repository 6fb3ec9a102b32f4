import { describe, expect, it } from "vitest"
import { logitStandardBeta, logStandardBeta, standardBeta } from "../../../src/tensor/draws/beta.ts"
import { Key } from "../../../src/tensor/random.ts"
import { drawsFixture, fortieths, sampled, trigamma, valuesOf, withSlopes, worstRelative } from "../../support/draws.ts"
import { chiSquare, countsBetween, meanDistance } from "../../support/goodnessOfFit.ts"
import { useCpu } from "../../support/onCpu.ts"

useCpu()

it.each(drawsFixture.beta)(
  "log odds of draws at a = $a, b = $b lie between SciPy's quantiles equally often (χ², p > 0.001)",
  async ({ a, b, logitQuantiles }) => {
    const draws = await sampled(100_000, a, (key, each, shape) => logitStandardBeta(key, each, b, shape))
    expect(chiSquare(countsBetween(logitQuantiles, draws), fortieths)).toBeLessThan(1)
  }
)

it("a draw, its logarithm and its log odds are three forms of one number, which is never 0 or 1", () => {
  const key = Key.of(3, "x")
  const odds = valuesOf(() => logitStandardBeta(key, 0.05, 0.02, [500]))
  const logs = valuesOf(() => logStandardBeta(key, 0.05, 0.02, [500]))
  const draws = valuesOf(() => standardBeta(key, 0.05, 0.02, [500]))
  const exact = odds.map((odd) => (odd < 0 ? odd - Math.log1p(Math.exp(odd)) : -Math.log1p(Math.exp(-odd))))
  // the logarithms of numbers next to 1 are those of float32, which end at 1e-45
  logs.forEach((log, i) => {
    expect(Math.abs(log - (exact[i] ?? Number.NaN))).toBeLessThanOrEqual(2e-7 * Math.abs(exact[i] ?? 0) + 1e-44)
  })
  for (const x of draws) expect(x > 0 && x < 1).toBe(true)
  const clipped = exact.map((log) => Math.min(Math.max(Math.exp(log), 1.1754944e-38), 1 - 2 ** -24))
  // e^x of a float32 x near −87 is known to 87 · 2⁻²⁴
  expect(worstRelative(draws, clipped)).toBeLessThan(1e-5)
})

describe("the gradients of a draw by its concentrations", () => {
  const n = 20_000
  it.each([
    [0.1, 0.3],
    [1, 1],
    [2, 5],
    [300, 40]
  ])("have the means of the exact derivatives at a = %d, b = %d", async (a, b) => {
    const total = a + b
    const { slopes: byA } = await withSlopes(n, a, (key, x, shape) => standardBeta(key, x, b, shape))
    const { slopes: byB } = await withSlopes(n, b, (key, x, shape) => standardBeta(key, a, x, shape))
    expect(meanDistance(byA, b / total ** 2)).toBeLessThan(4)
    expect(meanDistance(byB, -a / total ** 2)).toBeLessThan(4)
    // E log x = ψ(a) − ψ(a + b)
    const { slopes: logByA } = await withSlopes(n, a, (key, x, shape) => logStandardBeta(key, x, b, shape))
    expect(meanDistance(logByA, trigamma(a) - trigamma(total))).toBeLessThan(4)
  })
})
