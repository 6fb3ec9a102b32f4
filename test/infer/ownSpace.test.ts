import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { contains, type Support } from "../../src/dist/Support.ts"
import { asTrained, inOwnSpace } from "../../src/infer/fit/ownSpace.ts"
import type { Parameter } from "../../src/infer/joint/Joint.ts"

const parameter = (support: Support, size: number, plate?: string): Parameter => ({
  name: "p",
  shape: [size],
  init: { kind: "constant", value: 0 },
  support,
  plate
})
const numbers = (length: number) =>
  fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: length, maxLength: length })

/** For each support of a parameter: how many real numbers are trained, and what must hold of their images. */
const kinds: ReadonlyArray<readonly [Support, number, (y: ReadonlyArray<number>) => boolean]> = [
  ["real", 3, () => true],
  ["positive", 3, (y) => y.length === 3 && y.every(contains.positive)],
  ["unitInterval", 3, (y) => y.length === 3 && y.every(contains.unitInterval)],
  ["simplex", 3, (y) => y.length === 4 && Math.abs(y.reduce((sum, x) => sum + x, -1)) < 1e-6 && y.every((x) => x > 0)],
  ["ordered", 3, ([a = 0, b = 0, c = 0]) => a < b && b < c],
  [
    "lowerCholesky",
    6,
    (y) => y.length === 9 && [1, 2, 5].every((i) => y[i] === 0) && [0, 4, 8].every((i) => (y[i] ?? 0) > 0)
  ]
]

describe("trained numbers lie in their own space, and come back from it", () => {
  test.each(kinds)("%s", (support, size, holds) => {
    fc.assert(
      fc.property(numbers(size), (given) => {
        const asked = parameter(support, size)
        const real = Float32Array.from(given)
        const image = inOwnSpace([asked], { p: real })["p"] ?? new Float32Array()
        expect(holds([...image])).toBe(true)
        // float32 rounds a share of e⁻⁹ beside others, and log(1 − p) near 1
        const back = asTrained(asked, image)
        expect(back.length).toBe(size)
        back.forEach((x, i) => void expect(Math.abs(x - (real[i] ?? Number.NaN))).toBeLessThan(2e-4))
      }),
      { seed: 1, numRuns: 60 }
    )
  })

  test("row by row for a parameter of each row", () => {
    const asked = parameter("positive", 2, "rows")
    expect([...(inOwnSpace([asked], { p: Float32Array.of(0, Math.LN2, 0, 0) })["p"] ?? [])]).toEqual([1, 2, 1, 1])
  })

  test("numbers outside of the support have no finite real ones", () => {
    expect(asTrained(parameter("positive", 1), Float32Array.of(-1)).every(Number.isFinite)).toBe(false)
    expect(asTrained(parameter("unitInterval", 1), Float32Array.of(1)).every(Number.isFinite)).toBe(false)
    expect(asTrained(parameter("ordered", 2), Float32Array.of(1, 0)).every(Number.isFinite)).toBe(false)
  })
})
