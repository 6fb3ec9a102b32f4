import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { recordsOf } from "../../src/data/records.ts"
import { DataFormat } from "../../src/Errors.ts"
import fixture from "../fixtures/csv.json" with { type: "json" }

const split = (...texts: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const records = recordsOf("memory", ",")
  return [...texts.flatMap((text) => records.push(text)), ...records.end()].map(({ fields }) =>
    fields.map(({ text }) => text)
  )
}

describe("CSV text is split into records", () => {
  test.each(fixture.cases)("as Python's csv module does: $text", ({ text, rows }) => {
    expect(split(text)).toEqual(rows)
  })

  test.each(fixture.refused)("what Python's strict reader refuses is refused, with its line: %j", (text) => {
    expect(() => split(text)).toThrow(DataFormat)
    expect(() => split(text)).toThrow(/^memory:\d+: /)
  })

  test("in parts of any length as in one piece", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fixture.cases),
        fc.array(fc.nat({ max: 40 }), { maxLength: 5 }),
        ({ text }, cuts) => {
          const ends = [...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length]
          expect(split(...ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end)))).toEqual(split(text))
        }
      )
    )
  })

  test("and each knows the line on which it begins", () => {
    const records = recordsOf("memory", ",")
    expect([...records.push('a\n"b\r\nc",d\r\ne\r'), ...records.end()].map(({ line }) => line)).toEqual([1, 2, 4])
  })

  test("a quote that is never closed does not hold the whole file", () => {
    expect(() => split('a\n"', "b".repeat(2 ** 20 + 1))).toThrow("memory:2: a record has more than 1048576 characters")
  })
})
