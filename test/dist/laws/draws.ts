import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { holds, kindOf } from "../../../src/dist/Support.ts"
import { Key } from "../../../src/tensor/random.ts"
import { ksDistance, mean, standardError } from "../../support/goodnessOfFit.ts"
import { compute } from "../../support/onCpu.ts"
import { chiSquare, ks, z } from "./chance.ts"
import { describeSetting, eps, formsOf, tidied } from "./evaluate.ts"
import type { Reference } from "./fixture.ts"
import { flat, given, type Row, type Setting, someSettings } from "./Row.ts"
import { type Draws, drawCount, type Quadrature, type Workings } from "./Workings.ts"

/** What holds of draws: that they follow the density, have its moments and entropy, and lie in the support. */
export const drawLaws = <P extends Setting>(
  row: Row<P>,
  references: ReadonlyArray<Reference<P>>,
  { draws, quadrature }: Workings<P>
): void => {
  const settings = someSettings(row, 3)

  it("draws what its density says, at a fixed seed", () => {
    for (const setting of settings) {
      const domain = quadrature(setting)
      const fits = typeof domain.points[0] !== "number" ? moments : domain.kind === "density" ? cumulative : frequencies
      fits(draws(setting), domain, describeSetting(setting))
    }
  })

  it("draws numbers of the mean and variance that it gives, angles of the direction and its spread", () => {
    for (const setting of settings) {
      const law = momentsOf(row, setting)
      law.mean.forEach((center, i) => {
        const xs = coordinate(draws(setting), i)
        const spread = law.variance[i] as number
        if (law.support === "circle") directions(xs, center, spread, describeSetting(setting))
        else if (Number.isFinite(spread)) {
          const allowed = z * Math.sqrt(spread / drawCount(row)) + 8 * eps * Math.abs(center)
          expect(Math.abs(mean(xs) - center), `mean at ${describeSetting(setting)}`).toBeLessThanOrEqual(allowed)
          // about the mean that the distribution gives: the error of the draws' own mean does not count
          const squares = xs.map((x) => (x - center) ** 2)
          expect(Math.abs(mean(squares) - spread), `variance at ${describeSetting(setting)}`).toBeLessThanOrEqual(
            z * standardError(squares) + 32 * eps * (spread + center ** 2)
          )
        }
      })
    }
  })

  it("draws finite values within its support, at every setting of the fixture", () => {
    for (const { parameters } of references) {
      tidied(() => {
        const dist = row.make(given(parameters)).iid(200)
        const value = dist.sample(Key.of(7))
        expect(value.dataSync().every(Number.isFinite), describeSetting(parameters)).toBe(true)
        expect(holds(dist.support, value.dataSync(), dist.shape), describeSetting(parameters)).toBe(true)
        if (kindOf[dist.support] === "mass") expect(Number.isFinite(dist.logProb(value).dataSync()[0])).toBe(true)
      })
    }
  })

  it("has the entropy −E[log p(x)] of its draws", () => {
    for (const setting of settings) {
      const entropy = tidied(
        () =>
          formsOf(row.make(given(setting)))
            .entropy?.()
            .dataSync()[0]
      )
      if (entropy === undefined) continue
      const { values, shape } = draws(setting)
      const logs = compute(() => row.make(given(setting)).logDensity(tf.tensor(values, [...shape]))).values
      const surprises = Array.from(logs, (log) => -log)
      const allowed = z * standardError(surprises) + 64 * eps * (1 + Math.abs(entropy))
      expect(Math.abs(mean(surprises) - entropy), describeSetting(setting)).toBeLessThanOrEqual(allowed)
    }
  })
}

type Fit = (draws: Draws, domain: Quadrature, what: string) => void

/** The moments that a distribution claims. */
const momentsOf = <P extends Setting>(row: Row<P>, setting: P) => {
  const read = (what: "mean" | "variance"): ReadonlyArray<number> => [
    ...compute(() => row.make(given(setting))[what]()).values
  ]
  const support = tidied(() => row.make(given(setting)).support)
  return { support, mean: read("mean"), variance: read("variance") }
}

/** One number of each event. */
const coordinate = ({ values, width }: Draws, i: number): ReadonlyArray<number> =>
  Array.from({ length: values.length / width }, (_, event) => values[event * width + i] as number)

/** z-tests of E[cos(x − mean)] = 1 − variance and E[sin(x − mean)] = 0. */
const directions = (xs: ReadonlyArray<number>, center: number, spread: number, what: string): void => {
  const [cosines, sines] = [xs.map((x) => Math.cos(x - center)), xs.map((x) => Math.sin(x - center))]
  const allowed = (seen: ReadonlyArray<number>): number => z * standardError(seen) + 32 * eps
  expect(Math.abs(mean(cosines) - (1 - spread)), `spread at ${what}`).toBeLessThanOrEqual(allowed(cosines))
  expect(Math.abs(mean(sines)), `direction at ${what}`).toBeLessThanOrEqual(allowed(sines))
}

/** Kolmogorov and Smirnov's test against the running sum of the density over the domain. */
const cumulative: Fit = ({ values }, { points, probabilities }, what) => {
  let total = 0
  const below = probabilities.map((p) => (total += p) - p / 2)
  const at = (x: number): number => {
    const right = firstAbove(points as ReadonlyArray<number>, x)
    if (right === 0) return 0
    if (right === points.length) return 1
    const [a, b] = [points[right - 1] as number, points[right] as number]
    const [low, high] = [below[right - 1] as number, below[right] as number]
    return low + ((high - low) * (x - a)) / (b - a)
  }
  expect(ksDistance(values, at), what).toBeLessThan(ks)
}

const firstAbove = (sorted: ReadonlyArray<number>, x: number): number => {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((sorted[middle] as number) <= x) from = middle + 1
    else to = middle
  }
  return from
}

/** The chi-square test over the values, the rare ones together. */
const frequencies: Fit = ({ values }, { points, probabilities }, what) => {
  const counts = new Map<number, number>()
  const n = values.length
  for (const x of Array.from(values)) counts.set(x, (counts.get(x) ?? 0) + 1)
  const cells = points.map((x, i) => ({
    expected: n * (probabilities[i] as number),
    seen: counts.get(x as number) ?? 0
  }))
  const common = cells.filter(({ expected }) => expected >= 5)
  const rest = n - common.reduce((sum, { expected }) => sum + expected, 0)
  const others = n - common.reduce((sum, { seen }) => sum + seen, 0)
  // a rest that can hardly be seen is not tested by a quotient but by itself: 20 draws of what has 1 are out of the question
  if (rest < 5) expect(others, `${what}: rare values`).toBeLessThan(20)
  const all = rest < 5 ? common : [...common, { expected: rest, seen: others }]
  const statistic = all.reduce((sum, { expected, seen }) => sum + (seen - expected) ** 2 / expected, 0)
  expect(statistic, what).toBeLessThan(chiSquare(Math.max(1, all.length - 1)))
}

/** z-tests of the means of bounded functions of a vector or matrix: each coordinate squashed, and products of two. */
const moments: Fit = (draws, { points, probabilities }, what) => {
  const squash = (x: number): number => x / (1 + Math.abs(x))
  const seen = Array.from({ length: draws.width }, (_, i) => coordinate(draws, i).map(squash))
  const events = points.map((x) => flat(x).map(squash))
  for (let i = 0; i < draws.width; i++) {
    for (let j = -1; j <= i; j++) {
      const exact = probabilities.reduce((sum, p, k) => {
        const event = events[k] as ReadonlyArray<number>
        return sum + p * (event[i] as number) * (j < 0 ? 1 : (event[j] as number))
      }, 0)
      const found = (seen[i] as ReadonlyArray<number>).map((x, k) => x * (j < 0 ? 1 : (seen[j]?.[k] as number)))
      const allowed = z * standardError(found) + 1e-4
      expect(Math.abs(mean(found) - exact), `${what}: coordinates ${i}, ${j}`).toBeLessThanOrEqual(allowed)
    }
  }
}
