import { expect, it } from "vitest"
import { holds, kindOf } from "../../../src/dist/Support.ts"
import { Key } from "../../../src/tensor/random.ts"
import { sizeOf } from "../../../src/tensor/Tensor.ts"
import { ksDistance, mean, standardError, variance } from "../../support/goodnessOfFit.ts"
import { compute } from "../../support/onCpu.ts"
import { chiSquare, ks, z } from "./chance.ts"
import type { Domain } from "./Domain.ts"
import { densitiesAt, describeSetting, eps, formsOf, masses, tidied } from "./evaluate.ts"
import type { Reference } from "./fixture.ts"
import { flat, given, type Row, type Setting, someSettings } from "./Row.ts"

const n = 10_000

/** What holds of draws: that they follow the density, have its moments and entropy, and lie in the support. */
export const drawLaws = <P extends Setting>(row: Row<P>, references: ReadonlyArray<Reference<P>>): void => {
  const settings = someSettings(row, 4)

  it("draws what its density says, at a fixed seed", () => {
    for (const setting of settings) {
      const domain = row.domain(setting)
      const { events } = drawsOf(row, setting, n)
      const probabilities = masses(row, setting, domain)
      const fits = typeof domain.points[0] !== "number" ? moments : domain.kind === "density" ? cumulative : frequencies
      fits(events, domain, probabilities, describeSetting(setting))
    }
  })

  it("draws numbers of the mean and variance that it gives, angles of the direction and its spread", () => {
    for (const setting of settings) {
      const { events, ...law } = drawsOf(row, setting, n)
      law.mean.forEach((center, i) => {
        const xs = events.map((event) => event[i] as number)
        const spread = law.variance[i] as number
        if (law.support === "circle") directions(xs, center, spread, describeSetting(setting))
        else if (Number.isFinite(spread)) {
          const allowed = z * Math.sqrt(spread / n) + 8 * eps * Math.abs(center)
          expect(Math.abs(mean(xs) - center), `mean at ${describeSetting(setting)}`).toBeLessThanOrEqual(allowed)
          const error = standardError(xs.map((x) => (x - center) ** 2))
          expect(Math.abs(variance(xs) - spread), `variance at ${describeSetting(setting)}`).toBeLessThanOrEqual(
            z * error + 32 * eps * (spread + center ** 2)
          )
        }
      })
    }
  })

  it("draws finite values within its support, at every setting of the fixture", () => {
    for (const { parameters } of references) {
      tidied(() => {
        const dist = row.make(given(parameters)).iid(200)
        const draws = dist.sample(Key.of(7)).dataSync()
        expect(draws.every(Number.isFinite), describeSetting(parameters)).toBe(true)
        expect(holds(dist.support, draws, dist.shape), describeSetting(parameters)).toBe(true)
        if (kindOf[dist.support] === "mass")
          expect(Number.isFinite(dist.logProb(dist.sample(Key.of(7))).dataSync()[0])).toBe(true)
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
      const surprises = densitiesAt(row, setting, drawsOf(row, setting, n).events).map((log) => -log)
      const allowed = z * standardError(surprises) + 64 * eps * (1 + Math.abs(entropy))
      expect(Math.abs(mean(surprises) - entropy), describeSetting(setting)).toBeLessThanOrEqual(allowed)
    }
  })
}

type Events = ReadonlyArray<ReadonlyArray<number>>
type Fit = (events: Events, domain: Domain, probabilities: ReadonlyArray<number>, what: string) => void

/** Draws of one distribution, with the moments that it claims. */
const drawsOf = <P extends Setting>(row: Row<P>, setting: P, count: number) => {
  const read = (what: "mean" | "variance"): ReadonlyArray<number> => [
    ...compute(() => row.make(given(setting))[what]()).values
  ]
  const { values, shape } = compute(() => row.make(given(setting)).iid(count).sample(Key.of(1, "laws")))
  const width = sizeOf(shape) / count
  const events = Array.from({ length: count }, (_, i) => [...values.slice(i * width, (i + 1) * width)])
  const support = tidied(() => row.make(given(setting)).support)
  return { events, support, mean: read("mean"), variance: read("variance") }
}

/** z-tests of E[cos(x − mean)] = 1 − variance and E[sin(x − mean)] = 0. */
const directions = (xs: ReadonlyArray<number>, center: number, spread: number, what: string): void => {
  const [cosines, sines] = [xs.map((x) => Math.cos(x - center)), xs.map((x) => Math.sin(x - center))]
  const allowed = (seen: ReadonlyArray<number>): number => z * standardError(seen) + 32 * eps
  expect(Math.abs(mean(cosines) - (1 - spread)), `spread at ${what}`).toBeLessThanOrEqual(allowed(cosines))
  expect(Math.abs(mean(sines)), `direction at ${what}`).toBeLessThanOrEqual(allowed(sines))
}

/** Kolmogorov and Smirnov's test against the running sum of the density over the domain. */
const cumulative: Fit = (events, { points }, probabilities, what) => {
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
  const draws = events.map(([x = Number.NaN]) => x)
  expect(ksDistance(draws, at), what).toBeLessThan(ks)
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
const frequencies: Fit = (events, { points }, probabilities, what) => {
  const counts = new Map<string, number>()
  for (const event of events) counts.set(`${event}`, (counts.get(`${event}`) ?? 0) + 1)
  const cells = points.map((x, i) => ({
    expected: n * (probabilities[i] as number),
    seen: counts.get(`${flat(x)}`) ?? 0
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
const moments: Fit = (events, domain, probabilities, what) => {
  const width = events[0]?.length ?? 0
  const squash = (x: number): number => x / (1 + Math.abs(x))
  for (let i = 0; i < width; i++) {
    for (let j = -1; j <= i; j++) {
      const f = (event: ReadonlyArray<number>): number =>
        squash(event[i] as number) * (j < 0 ? 1 : squash(event[j] as number))
      const exact = domain.points.reduce<number>((sum, x, k) => sum + (probabilities[k] as number) * f(flat(x)), 0)
      const seen = events.map(f)
      const allowed = z * standardError(seen) + 1e-4
      expect(Math.abs(mean(seen) - exact), `${what}: coordinates ${i}, ${j}`).toBeLessThanOrEqual(allowed)
    }
  }
}
