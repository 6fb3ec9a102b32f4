import { describe, expect, it } from "vitest"
import { accepts, contains, type Support } from "../../src/dist/Support.ts"

const points = [
  Number.NEGATIVE_INFINITY,
  -2.5,
  -1,
  -1e-45,
  -0,
  0,
  1e-45,
  0.5,
  1,
  1 + 2 ** -52,
  2,
  1e300,
  Number.POSITIVE_INFINITY,
  Number.NaN
]
const supports = Object.keys(contains) as ReadonlyArray<Support>

describe("a support contains", () => {
  const inside: Readonly<Record<Support, ReadonlyArray<number>>> = {
    real: [-2.5, -1, -1e-45, -0, 0, 1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
    positive: [1e-45, 0.5, 1, 1 + 2 ** -52, 2, 1e300],
    unitInterval: [-0, 0, 1e-45, 0.5, 1],
    boolean: [-0, 0, 1],
    integer: [-1, -0, 0, 1, 2, 1e300]
  }
  it.each(Object.entries(inside))("%s: exactly its own numbers, and never NaN or an infinity", (support, numbers) => {
    expect(points.filter(contains[support as Support])).toEqual(numbers)
  })
})

describe("a prior accepts", () => {
  it("a guide on its own support", () => {
    for (const support of supports) expect(accepts[support]).toContain(support)
  })

  it.each(supports)("on %s: only guides whose every value it contains", (prior) => {
    for (const guide of accepts[prior]) {
      // the closed interval [0, 1] differs from (0, ∞) in one point, which a density on it never draws
      const values = points.filter(contains[guide]).filter((x) => x !== 0 || prior !== "positive")
      expect(values.filter((x) => !contains[prior](x))).toEqual([])
    }
  })

  it("on a set of numbers no density, and on an interval no mass", () => {
    const masses: ReadonlyArray<Support> = ["boolean", "integer"]
    for (const prior of supports) {
      for (const guide of accepts[prior]) expect(masses.includes(guide)).toBe(masses.includes(prior))
    }
  })

  it("whatever is accepted by what it accepts", () => {
    for (const prior of supports) {
      for (const guide of accepts[prior]) {
        for (const inner of accepts[guide]) expect(accepts[prior]).toContain(inner)
      }
    }
  })
})
