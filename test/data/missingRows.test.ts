import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Data } from "../../src/data/Data.ts"
import { DataFormat } from "../../src/Errors.ts"

describe("Data.missing", () => {
  test("takes null, undefined and NaN as holes, which hold a number that is seen", () => {
    const { filled, seen } = Data.missing([null, 1.5, 2, Number.NaN, undefined, 3], [2])
    expect(filled).toEqual(Data.of([1.5, 1.5, 2, 1.5, 1.5, 3], [2]))
    expect(seen).toEqual(Data.of([0, 1, 1, 0, 0, 1], [2], "boolean"))
    expect(Data.missing(Float32Array.of(2, Number.NaN), [], "positive").filled.values).toEqual(Float32Array.of(2, 2))
  })

  test("keeps what is seen, and no NaN", () => {
    const numbers = fc.array(fc.option(fc.float({ noNaN: true, noDefaultInfinity: true })), { minLength: 1 })
    fc.assert(
      fc.property(numbers, fc.float({ noNaN: true, noDefaultInfinity: true }), (some, one) => {
        const values = [...some, one]
        const { filled, seen } = Data.missing(values, [])
        expect(filled.values.every(Number.isFinite)).toBe(true)
        for (const [i, value] of values.entries()) {
          expect(seen.values[i]).toBe(value === null ? 0 : 1)
          if (value !== null) expect(filled.values[i]).toBe(Math.fround(value))
        }
      })
    )
  })

  test.each<[string, () => unknown]>([
    ["nothing is seen", () => Data.missing([null, Number.NaN], [])],
    ["the text 'a', not a number", () => Data.missing([1, "a" as never], [])],
    ["entry 1 is a list of 2, neither", () => Data.missing([null, [1, null] as never], [2])],
    ["lies outside the support 'positive'", () => Data.missing([1, null, -1], [], "positive")],
    ["numbers of a row [2] on 'simplex' go together", () => Data.missing([0.5, null, 0.5, 0.5], [2], "simplex")],
    ["do not make whole rows", () => Data.missing([1, null, 2], [2])],
    ["not a list of numbers", () => Data.missing("1" as never, [])]
  ])("refuses in words: %s", (words, make) => {
    expect(make).toThrow(DataFormat)
    expect(make).toThrow(words)
  })
})
