import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { logStandardGamma, standardGamma } from "../../../src/tensor/draws/gamma.ts"
import { Key } from "../../../src/tensor/random.ts"
import { logQuantileSlope } from "../../../src/tensor/special/gammainc.ts"
import { drawsFixture, fortieths, sampled, trigamma, valuesOf, withSlopes, worstRelative } from "../../support/draws.ts"
import { chiSquare, countsBetween, meanDistance } from "../../support/goodnessOfFit.ts"
import { useCpu } from "../../support/onCpu.ts"

useCpu()

it.each(drawsFixture.gamma)(
  "logarithms of draws at α = $concentration lie between SciPy's quantiles equally often (χ², p > 0.001)",
  async ({ concentration, logQuantiles }) => {
    const draws = await sampled(100_000, concentration, logStandardGamma)
    expect(chiSquare(countsBetween(logQuantiles, draws), fortieths)).toBeLessThan(1)
  }
)

it("a draw is the exponential of its logarithm, and the least number of float32 where that is too small", () => {
  const key = Key.of(3, "z")
  const logs = valuesOf(() => logStandardGamma(key, 0.05, [1000]))
  const draws = valuesOf(() => standardGamma(key, 0.05, [1000]))
  expect(Math.min(...logs)).toBeLessThan(-100)
  // e^x of a float32 x near −87 is known to 87 · 2⁻²⁴
  expect(
    worstRelative(
      draws,
      logs.map((log) => Math.exp(Math.max(log, -87.3)))
    )
  ).toBeLessThan(1e-5)
})

it("a concentration for each number and one for all draw alike, and concentrations broadcast", () => {
  const key = Key.of(4, "z")
  const all = valuesOf(() => logStandardGamma(key, 2, [2, 3]))
  expect(valuesOf(() => logStandardGamma(key, tf.fill([2, 3], 2), [2, 3]))).toEqual(all)
  expect(valuesOf(() => logStandardGamma(key, tf.fill([2, 1], 2), [2, 3]))).toEqual(all)
})

it("lane i of a draw is row i of the whole draw", () => {
  const key = Key.of(5, "z")
  const rows = [0, 1, 2].flatMap((lane) => valuesOf(() => logStandardGamma({ ...key, lane }, 0.7, [4])))
  expect(rows).toEqual(valuesOf(() => logStandardGamma(key, 0.7, [3, 4])))
})

describe("the gradient of a draw by its concentration", () => {
  it("is the derivative of SciPy's quantile function, from the lower tail to the upper", () => {
    const column = (i: number): tf.Tensor => tf.tensor1d(drawsFixture.gammaSlopes.map((row) => row[i] ?? Number.NaN))
    const found = valuesOf(() => logQuantileSlope(column(0), column(1)))
    expect(found.length).toBe(120)
    // some sixteen roundings of 2⁻²⁴
    expect(
      worstRelative(
        found,
        drawsFixture.gammaSlopes.map(([, , slope]) => slope)
      )
    ).toBeLessThan(1e-6)
  })

  it.each([1e-3, 0.1, 0.5, 1, 3, 50, 1e4])(
    "of log z has the mean ψ′(α) at α = %d, of z 1, of z² 2α + 1",
    async (alpha) => {
      const { draws, slopes } = await withSlopes(20_000, alpha, logStandardGamma)
      const moments = draws.map((log, i) => [
        Math.exp(log) * (slopes[i] ?? 0),
        Math.exp(2 * log) * 2 * (slopes[i] ?? 0)
      ])
      // four standard errors of the sample itself
      expect(meanDistance(slopes, trigamma(alpha))).toBeLessThan(4)
      if (alpha < 0.1) return
      const at = (i: number): Array<number> => moments.map((each) => each[i] ?? Number.NaN)
      expect(meanDistance(at(0), 1)).toBeLessThan(4)
      expect(meanDistance(at(1), 2 * alpha + 1)).toBeLessThan(4)
    }
  )

  it("of the draw itself is the draw times that of its logarithm", async () => {
    const { draws, slopes } = await withSlopes(200, 3, standardGamma)
    const { slopes: ofLog } = await withSlopes(200, 3, logStandardGamma)
    expect(
      worstRelative(
        slopes,
        draws.map((z, i) => z * (ofLog[i] ?? 0))
      )
    ).toBeLessThan(1e-6)
  })

  it("is summed over the numbers that one concentration drew", () => {
    const key = Key.of(6, "z")
    const slopesFor = (concentrations: number): ReadonlyArray<number> =>
      valuesOf(() => tf.grad((a: tf.Tensor) => tf.sum(logStandardGamma(key, a, [6])))(tf.fill([concentrations], 3)))
    const sum = slopesFor(6).reduce((total, slope) => total + slope, 0)
    expect(worstRelative(slopesFor(1), [sum])).toBeLessThan(1e-6)
  })
})
