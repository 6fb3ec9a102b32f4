import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { binomial } from "../../../src/tensor/draws/binomial.ts"
import { poisson } from "../../../src/tensor/draws/poisson.ts"
import { Key } from "../../../src/tensor/random.ts"
import { sampled, valuesOf, withSlopes } from "../../support/draws.ts"
import { chiSquare } from "../../support/goodnessOfFit.ts"
import { useCpu } from "../../support/onCpu.ts"

useCpu()

const n = 40_000

/** Masses from the mode outwards, by their ratios p(k)/p(k − 1), in float64; those below 1e-20 of the mode's are left out. */
const massesOf = (mode: number, ratio: (k: number) => number): ReadonlyMap<number, number> => {
  const masses = new Map([[mode, 1]])
  for (let [k, mass] = [mode + 1, ratio(mode + 1)]; mass > 1e-20; k++, mass *= ratio(k)) masses.set(k, mass)
  for (let [k, mass] = [mode - 1, 1 / ratio(mode)]; k >= 0 && mass > 1e-20; mass /= ratio(k), k--) masses.set(k, mass)
  const total = [...masses.values()].reduce((sum, mass) => sum + mass, 0)
  return new Map([...masses].map(([k, mass]) => [k, mass / total]))
}

/** χ² over neighbouring values, joined until each bin is expected to hold twenty draws. */
const distance = (draws: ReadonlyArray<number>, masses: ReadonlyMap<number, number>): number => {
  const found = new Map<number, number>()
  for (const k of draws) found.set(k, (found.get(k) ?? 0) + 1)
  for (const k of found.keys()) if (!masses.has(k)) throw new Error(`${k} has no probability`)
  const bins: Array<{ count: number; probability: number }> = [{ count: 0, probability: 0 }]
  for (const k of [...masses.keys()].sort((a, b) => a - b)) {
    let bin = bins.at(-1)
    if (bin === undefined || bin.probability * draws.length >= 20) {
      bin = { count: 0, probability: 0 }
      bins.push(bin)
    }
    bin.count += found.get(k) ?? 0
    bin.probability += masses.get(k) ?? 0
  }
  const [last, before] = [bins.at(-1), bins.at(-2)]
  if (last !== undefined && before !== undefined && last.probability * draws.length < 20) {
    bins.pop()
    before.count += last.count
    before.probability += last.probability
  }
  return chiSquare(
    bins.map(({ count }) => count),
    bins.map(({ probability }) => probability)
  )
}

describe("counts come as often as their probabilities say (χ², p > 0.001)", () => {
  it.each([0.1, 3, 9.9, 10.1, 30, 200, 1e4])("Poisson, λ = %d", async (rate) => {
    const draws = await sampled(n, rate, poisson)
    expect(
      distance(
        draws,
        massesOf(Math.floor(rate), (k) => Math.fround(rate) / k)
      )
    ).toBeLessThan(1)
  })

  it.each([
    [1, 0.3],
    [5, 0.5],
    [20, 0.49],
    [20, 0.5],
    [21, 0.5],
    [40, 0.9],
    [200, 0.03],
    [200, 0.3],
    [1000, 0.999],
    [5000, 0.011],
    [10_000, 0.5]
  ])("binomial, n = %d, p = %d", async (count, probs) => {
    const p = Math.fround(probs)
    const draws = await sampled(n, probs, (key, each, shape) => binomial(key, count, each, shape))
    const mode = Math.min(Math.floor((count + 1) * p), count)
    const ratio = (k: number): number => (((count - k + 1) / k) * p) / (1 - p)
    expect(distance(draws, massesOf(mode, ratio))).toBeLessThan(1)
  })
})

describe("at the ends of its range", () => {
  it("a rate or a probability of 0 gives no events, and a probability of 1 nothing else", () => {
    const key = Key.of(1, "z")
    expect(new Set(valuesOf(() => poisson(key, 0, [1000])))).toEqual(new Set([0]))
    expect(new Set(valuesOf(() => binomial(key, 30, 0, [1000])))).toEqual(new Set([0]))
    expect(new Set(valuesOf(() => binomial(key, 30, 1, [1000])))).toEqual(new Set([30]))
    expect(new Set(valuesOf(() => binomial(key, 0, 0.5, [1000])))).toEqual(new Set([0]))
  })

  it("a rate of a million is met to the last few counts", async () => {
    const draws = await sampled(10_000, 1e6, poisson)
    const mean = draws.reduce((sum, k) => sum + k, 0) / draws.length
    const spread = draws.reduce((sum, k) => sum + (k - 1e6) ** 2, 0) / draws.length
    // standard errors: 1000/√n of the mean, √2/√n of the variance's ratio
    expect(Math.abs(mean - 1e6)).toBeLessThan(4 * 10)
    expect(Math.abs(spread / 1e6 - 1)).toBeLessThan((4 * Math.SQRT2) / 100)
  })
})

it("parameters of both kinds share one draw, each by its own method", () => {
  const key = Key.of(7, "k")
  const rates = [0.5, 400, 3, 12]
  const together = valuesOf(() => poisson(key, tf.tensor1d(rates), [4]))
  expect(together).toEqual(rates.flatMap((rate, lane) => valuesOf(() => poisson({ ...key, lane }, rate, []))))
  const mixed = valuesOf(() => binomial(key, tf.tensor1d([3, 100]), tf.tensor1d([0.2, 0.7]), [2]))
  expect(mixed).toEqual([
    ...valuesOf(() => binomial({ ...key, lane: 0 }, 3, 0.2, [])),
    ...valuesOf(() => binomial({ ...key, lane: 1 }, 100, 0.7, []))
  ])
})

it("a count has gradient 0 by its parameters", async () => {
  expect((await withSlopes(3, 4, poisson)).slopes).toEqual([0, 0, 0])
  const slopes = await withSlopes(3, 0.4, (key, probs, shape) => binomial(key, 9, probs, shape))
  expect(slopes.slopes).toEqual([0, 0, 0])
})
