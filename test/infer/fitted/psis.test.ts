import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { largestGood, logMeanWeight, normalised, paretoFit, psis } from "../../../src/infer/fitted/psis.ts"
import { fill } from "../../../src/tensor/random.ts"

interface Case {
  readonly name: string
  readonly logWeights: ReadonlyArray<number>
  readonly smoothed: ReadonlyArray<number>
  readonly k: number
}
/** By ArviZ 0.23.4: scripts/fixtures/psis.py. */
const cases: ReadonlyArray<Case> = JSON.parse(
  readFileSync(new URL("../../fixtures/psis.json", import.meta.url), "utf8")
)

const uniforms = (n: number, seed: number): Float32Array => {
  const values = new Float32Array(n)
  fill("uniform", values, { seed, site: "tail", step: 0, lane: 0 })
  return values
}
/** Draws of a generalised Pareto distribution by its quantile function. */
const pareto = (n: number, k: number, seed: number): Float64Array =>
  Float64Array.from(uniforms(n, seed), (u) => (u ** -k - 1) / k)

/** Log weights of up to so many nats, some of them equal. */
const lists = (most: number) =>
  fc.array(
    fc.integer({ min: -most * 256, max: most * 256 }).map((x) => x / 256),
    { minLength: 30, maxLength: 200 }
  )

describe("Pareto smoothed weights", () => {
  test.each(cases.map((each) => [each.name, each] as const))(
    "are those of ArviZ: %s",
    (_, { logWeights, ...wanted }) => {
      const { k, logWeights: smoothed } = psis(Float64Array.from(logWeights))
      expect(k).toBeCloseTo(wanted.k, 8)
      const weights = normalised(smoothed)
      for (const [i, log] of wanted.smoothed.entries()) expect(weights[i]).toBeCloseTo(Math.exp(log), 8)
    }
  )

  test.each([0.2, 0.5, 0.8, 1.2])("know the shape %d of exact draws", (k) => {
    // the standard error of the maximum likelihood estimate is (1 + k)/√n; the pull towards ½ is below 10/n
    const n = 4000
    const fitted = paretoFit(pareto(n, k, 7).sort())
    expect(Math.abs(fitted.k - k)).toBeLessThan((4 * (1 + k)) / Math.sqrt(n) + 10 / n)
    expect(Math.abs(fitted.sigma - 1)).toBeLessThan(0.15)
  })

  test("keep k when a constant is added to the log weights, or their order changes", () => {
    fc.assert(
      fc.property(lists(50), fc.integer({ min: -10_000, max: 10_000 }), (list, shift) => {
        const plain = psis(Float64Array.from(list))
        const moved = psis(Float64Array.from(list.toReversed(), (x) => x + shift))
        if (Number.isFinite(plain.k)) expect(moved.k).toBeCloseTo(plain.k, 4)
        else expect(moved.k).toBe(plain.k)
      }),
      { seed: 1, numRuns: 100 }
    )
  })

  test("keep the order of weights, none above the largest, and leave those below the tail as they are", () => {
    fc.assert(
      fc.property(lists(20), (list) => {
        const before = Float64Array.from(list)
        const after = psis(before).logWeights
        expect(Math.max(...after)).toBeLessThanOrEqual(Math.max(...before))
        const order = [...before.keys()].sort((a, b) => (before[a] ?? 0) - (before[b] ?? 0))
        const tail = Math.ceil(Math.min(list.length / 5, 3 * Math.sqrt(list.length)))
        order.forEach((i, place) => {
          if (place < order.length - tail) expect(after[i]).toBe(before[i])
          else expect(after[i]).toBeGreaterThanOrEqual((after[order[place - 1] ?? 0] ?? 0) - 1e-9)
        })
      }),
      { seed: 2, numRuns: 100 }
    )
  })

  test("have k = 0 where they are equal, and an infinite one where a few hold all the weight", () => {
    expect(psis(new Float64Array(1000).fill(-7)).k).toBe(0)
    expect(psis(new Float64Array(1000).fill(Number.NEGATIVE_INFINITY)).k).toBe(0)
    expect(psis(Float64Array.from({ length: 1000 }, (_, i) => (i < 2 ? 0 : -2000))).k).toBe(Number.POSITIVE_INFINITY)
  })
})

test("weights of few values, as those of discrete sites are, have k = 0 and stay as they are", () => {
  const values = [-3, -2.5, -1, -0.4, 0, 0.3, 0.9, 2.2]
  const drawn = Float64Array.from(uniforms(2000, 5), (u) => values[Math.floor(8 * u ** 2)] ?? 0)
  expect(psis(drawn)).toEqual({ k: 0, logWeights: drawn })
  // with a noise of their own they have a tail
  const noisy = Float64Array.from(uniforms(2000, 6), (u, i) => (drawn[i] ?? 0) - 0.5 * Math.log(u))
  expect(psis(noisy).k).toBeGreaterThan(0.1)
})

test("a draw of few needs a smaller k: 0.67 for a thousand, never more than 0.7", () => {
  expect(largestGood(100)).toBeCloseTo(0.5, 12)
  expect(largestGood(1000)).toBeCloseTo(2 / 3, 12)
  expect(largestGood(1e6)).toBe(0.7)
})

test("the error of the log mean weight is that of repeated estimates", () => {
  // weights uniform on [0, 1]: mean ½, sd 1/√12
  const estimates = Array.from({ length: 200 }, (_, seed) =>
    logMeanWeight(Float64Array.from(uniforms(400, seed), Math.log))
  )
  const middle = estimates.reduce((sum, { mean }) => sum + mean, 0) / 200
  const sd = Math.sqrt(estimates.reduce((sum, { mean }) => sum + (mean - middle) ** 2, 0) / 199)
  expect(middle).toBeCloseTo(Math.log(0.5), 2)
  expect(sd).toBeCloseTo(1 / Math.sqrt(3 * 400), 2)
  for (const { error } of estimates) expect(error / sd).toBeCloseTo(1, 0)
})

test.each([0.6, 0.7])(
  "where weights have no variance, as for k = %d, two errors of the log mean hold it nine times of ten",
  (k) => {
    const [draws, times] = [5000, 200]
    const found = Array.from({ length: times }, (_, seed) => {
      // u^(−k), of mean 1/(1 − k)
      const smoothed = psis(Float64Array.from(uniforms(draws, 1000 + seed), (u) => -k * Math.log(u)))
      const off = Math.abs(logMeanWeight(smoothed.logWeights).mean + Math.log(1 - k))
      const holds = (tail: number) => off < 2 * logMeanWeight(smoothed.logWeights, tail).error
      return { asIfFinite: holds(0), asTheyAre: holds(smoothed.k) }
    })
    const share = (of: keyof (typeof found)[number]) => found.filter((each) => each[of]).length / times
    expect(share("asTheyAre")).toBeGreaterThan(0.86)
    // 0.86 is 0.9 less 1.9 standard errors of 200 trials
    expect(share("asIfFinite")).toBeLessThan(share("asTheyAre") - 0.03)
  }
)
