import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { numbersOf } from "../../../src/infer/mcmc/chainNumbers.ts"
import { eBfmiOf, essOf, mixingOf } from "../../../src/infer/mcmc/diagnostics.ts"
import { normalQuantile } from "../../../src/infer/mcmc/normalQuantile.ts"

interface Case {
  readonly chains: ReadonlyArray<ReadonlyArray<number>>
  readonly rHat: number
  readonly essBulk: number
  readonly essTail: number
  readonly mcse: number
  readonly eBfmi: ReadonlyArray<number>
}
const cases: Readonly<Record<string, Case>> = JSON.parse(readFileSync(new URL("arviz.json", import.meta.url), "utf8"))

describe("R-hat, effective sample sizes and errors", () => {
  test.each(Object.entries(cases))("of chains (%s) are those of ArviZ", (_, { chains, eBfmi, ...wanted }) => {
    const given = chains.map((chain) => Float64Array.from(chain))
    const mixing = mixingOf(given)
    for (const name of ["rHat", "essBulk", "essTail", "mcse"] as const)
      expect(mixing[name] / wanted[name], name).toBeCloseTo(1, 8)
    for (const [i, chain] of given.entries()) expect(eBfmiOf(chain)).toBeCloseTo(eBfmi[i] ?? 0, 10)
  })

  test("of an autoregression of first order are near the closed form n (1 − φ) / (1 + φ)", () => {
    const { normal } = numbersOf(3, 0)
    const phi = 0.5
    const chains = Array.from({ length: 4 }, () => {
      let x = normal()
      return Float64Array.from({ length: 2500 }, () => (x = phi * x + Math.sqrt(1 - phi ** 2) * normal()))
    })
    const exact = (10_000 * (1 - phi)) / (1 + phi)
    expect(Math.abs(essOf(chains) / exact - 1)).toBeLessThan(0.15)
    expect(mixingOf(chains).rHat).toBeLessThan(1.01)
  })

  test("of chains that stand still at places of their own are as bad as can be", () => {
    // the chains of ±1 have one distance from the median, and the others two
    for (const places of [
      [-1, 1],
      [0, 1, 5, 5],
      [0.1, 0.3, 0.7]
    ]) {
      const { rHat, essBulk } = mixingOf(places.map((x) => new Float64Array(100).fill(x)))
      expect(rHat).toBe(Number.POSITIVE_INFINITY)
      expect(essBulk).toBeLessThan(2 * places.length)
    }
  })

  test("of chains that do not move are unknown", () => {
    expect(mixingOf([new Float64Array(10), new Float64Array(10)]).rHat).toBeNaN()
  })
})

test("normal quantiles are those of R's qnorm, and in the far tail of SciPy's norm.ppf", () => {
  const known = [
    [0.6, 0.2533471031357997],
    [0.975, 1.959963984540054],
    [1e-5, -4.264890793922825],
    [1e-9, -5.9978070150076865],
    [1e-12, -7.034483825301131],
    [1e-20, -9.262340089798409],
    [1e-100, -21.273453560965322],
    [1e-300, -37.0470962993612]
  ] as const
  for (const [p, wanted] of known) expect(normalQuantile(p) / wanted).toBeCloseTo(1, 13)
})
