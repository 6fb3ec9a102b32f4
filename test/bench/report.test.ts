import { describe, expect, it } from "vitest"
import type { Side } from "../../bench/contenders/index.ts"
import type { Measured, Result } from "../../bench/measure.ts"
import { brief, fastest, insert, markdown, table, unlike } from "../../bench/report.ts"
import { digits, median, spread } from "../../bench/statistics.ts"

const measured = (name: string, side: Side, rounds: ReadonlyArray<number>, loss?: number): Measured => ({
  name,
  label: `the ${name}`,
  side,
  rounds,
  step: spread(rounds),
  compileMs: 200,
  firstStepMs: 1500,
  peakMb: 300.4,
  ...(loss === undefined ? {} : { loss }),
  ...(side === "ours" ? { epoch: { steps: 469, ms: 1500, insideMs: 1470 } } : {}),
  versions: { [name]: "1.0.0" }
})

const result: Result = {
  id: "a",
  title: "some work",
  measured: [
    measured("engine", "ours", [3, 3.2, 9], 212),
    measured("loop", "byHand", [30, 33, 31], 214),
    measured("quick peer", "peer", [2, 2.1, 1.9], 210),
    measured("odd peer", "peer", [1.6, 1.7], 400)
  ],
  missing: [{ label: "the other", reason: "it is not installed" }]
}

const machine = {
  date: "2026-11-21",
  processor: "a processor",
  cores: 4,
  threads: 2,
  memoryGb: 8,
  system: "a system",
  node: "v20",
  load: 0,
  versions: "engine 1.0.0"
}

describe("statistics", () => {
  it("takes the middle of an odd number of rounds, and the mean of the two middle ones of an even number", () => {
    expect(median([9, 1, 3])).toBe(3)
    expect(median([1, 9, 3, 5])).toBe(4)
  })

  it("does not let one slow round move the median", () => {
    expect(spread([3, 3.2, 90])).toEqual({ median: 3.2, min: 3, max: 90 })
  })

  it("writes three digits, and a dash for what is no number", () => {
    expect([0.0123, 0.5, 2.34567, 23.4567, 234.567, 2345.67, 0, Number.NaN].map(digits)).toEqual([
      "0.012",
      "0.500",
      "2.35",
      "23.5",
      "235",
      "2346",
      "0.00",
      "–"
    ])
  })
})

describe("the report", () => {
  it("lines up its columns", () => {
    expect(
      table(
        ["", "ms"],
        [
          ["a", "1.00"],
          ["long", "2"]
        ]
      )
    ).toBe(["|      |   ms |", "|------|-----:|", "| a    | 1.00 |", "| long |    2 |"].join("\n"))
  })

  it("compares with the fastest peer, and with the fastest of all where no peer ran", () => {
    expect(fastest(result)).toBe(1.65)
    expect(fastest({ ...result, measured: result.measured.filter(({ side }) => side !== "peer") })).toBe(3.2)
  })

  it("finds the contender that does other work by its loss", () => {
    expect(unlike(result).map(({ name }) => name)).toEqual(["odd peer"])
    expect(unlike({ ...result, measured: [measured("broken", "peer", [1], Number.NaN)] })).toHaveLength(1)
  })

  it("has a row for each contender, fastest first, with its ratio, and says who is missing and why", () => {
    const text = markdown({ machine, rounds: 3, workloads: [result], growth: [], nuts: [] })
    const rows = text.split("\n").filter((line) => line.startsWith("| the "))
    expect(
      rows.map((row) =>
        row
          .split("|")
          .map((cell) => cell.trim())
          .slice(1, 4)
      )
    ).toEqual([
      ["the odd peer", "1.65 (1.60–1.70)", "1.00"],
      ["the quick peer", "2.00 (1.90–2.10)", "1.21"],
      ["the engine", "3.20 (3.00–9.00)", "1.94"],
      ["the loop", "31.0 (30.0–33.0)", "18.8"]
    ])
    expect(text).toContain("400 differs")
    expect(text).toContain("the engine: a whole epoch takes 1.50 s, 1.02 times its 469 steps.")
    expect(text).toContain("the other did not run: it is not installed")
    expect(text).not.toContain("do not trust")
  })

  it("says so when the machine was busy", () => {
    expect(markdown({ machine: { ...machine, load: 2 }, rounds: 3, workloads: [], growth: [], nuts: [] })).toContain(
      "load 2.0"
    )
  })

  it("shows how a cost grows against its first point", () => {
    const points = [3, 6].map((ms) => ({ ...result, title: `${ms}0`, measured: [measured("engine", "ours", [ms])] }))
    const text = markdown({ machine, rounds: 3, workloads: [], growth: [{ title: "batch", points }], nuts: [] })
    expect(text).toContain("| the engine       | 3.00 (×1.00) | 6.00 (×2.00) |")
  })

  it("is put between its marks, and leaves what stands around them", () => {
    const page = insert("# Speed\n\nBy hand.\n", "first")
    const again = insert(`${page}\nMore by hand.\n`, "second")
    expect(again).toContain("By hand.")
    expect(again).toContain("More by hand.")
    expect(again).toContain("second")
    expect(again).not.toContain("first")
    expect(insert("", "first")).toMatch(/^# Performance\n/)
  })

  it("is short when asked: the ratio to tfjs by hand, and what an epoch costs beside its steps", () => {
    const text = brief(result)
    expect(text).toContain("the engine: 9.69 times as fast as the loop")
    expect(text).toContain("2.0 % beside the steps")
    expect(text).toContain("the other: left out (it is not installed)")
  })
})
