import { readdirSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { fixtureOf, slopesOf } from "./judged.ts"
import { programs } from "./programs/index.ts"

const written = readdirSync(new URL("../fixtures/stan", import.meta.url)).map((file) => file.replace(".json", ""))

test("each program in Stan has its twin here", () => {
  expect(Object.keys(programs).toSorted()).toEqual(written.toSorted())
})

/**
 * Where float32 cannot give five digits. A covariance of which one eigenvalue is 10,000 times another one loses four digits when it is factorised, at a
 * point where the noise is small beside the amplitude, or a scale beside another one. The log of the normal tail has a slope of 47 at 47 standard
 * deviations, as the quotient of a density and a probability whose logarithms are −1100. Truncated subtracts two probabilities, which are close
 * where the bounds lie close together beside the scale.
 */
const loose: Readonly<Record<string, number>> = {
  "gaussian-process": 1e-4,
  "missing-numbers": 3e-5,
  "censored-normal": 5e-5,
  "truncated-normal": 3e-5
}

/**
 * Errors are relative: of the log density to its size, of a gradient to its largest number, or, near a mode, where it is a small difference of large
 * terms, to the median of that over all points.
 */
describe("log joint and gradient are Stan's, at 100 points of the unconstrained space", () => {
  const size = (xs: ReadonlyArray<number>): number => Math.max(...xs.map(Math.abs))
  test.each(Object.entries(programs))("%s", (name, judged) => {
    const fixture = fixtureOf(name)
    const found = slopesOf(judged, fixture)
    const typical = fixture.gradient.map(size).toSorted((a, b) => a - b)[fixture.gradient.length >> 1] ?? 1
    const within = loose[name] ?? 1e-5
    expect(fixture.points.length).toBe(100)
    fixture.points.forEach((_, p) => {
      const right = fixture.logDensity[p] ?? Number.NaN
      expect(Math.abs((found.logDensity[p] ?? Number.NaN) - right) / Math.abs(right)).toBeLessThan(within)
      const slopes = fixture.gradient[p] ?? []
      const off = slopes.map((slope, i) => (found.gradient[p]?.[i] ?? Number.NaN) - slope)
      expect(size(off) / Math.max(size(slopes), typical)).toBeLessThan(within)
    })
  })
})
