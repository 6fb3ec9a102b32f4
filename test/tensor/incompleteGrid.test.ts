import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { betainc, betaincc } from "../../src/tensor/special/betainc.ts"
import { gammainc, gammaincc } from "../../src/tensor/special/gammainc.ts"
import { logBetainc, logBetaincc } from "../../src/tensor/special/logBetainc.ts"
import { logGammainc, logGammaincc } from "../../src/tensor/special/logGammainc.ts"
import { compute, useCpu } from "../support/onCpu.ts"

useCpu()

type Row = ReadonlyArray<number>

/** scripts/fixtures/incomplete-grid.py, by mpmath: arguments, and the logarithms of both sides */
const fixture: Readonly<Record<"gamma" | "beta", ReadonlyArray<Row>>> = JSON.parse(
  readFileSync(new URL("../fixtures/incomplete.json", import.meta.url), "utf8")
)

type Run = (...x: [tf.Tensor, tf.Tensor, tf.Tensor]) => tf.Tensor

const functions: ReadonlyArray<readonly [string, "gamma" | "beta", Run, side: -2 | -1, isLog: boolean]> = [
  ["gammainc", "gamma", gammainc, -2, false],
  ["gammaincc", "gamma", gammaincc, -1, false],
  ["logGammainc", "gamma", logGammainc, -2, true],
  ["logGammaincc", "gamma", logGammaincc, -1, true],
  ["betainc", "beta", betainc, -2, false],
  ["betaincc", "beta", betaincc, -1, false],
  ["logBetainc", "beta", logBetainc, -2, true],
  ["logBetaincc", "beta", logBetaincc, -1, true]
]

describe("with shapes from 1e-8 to 1e8, in the tails and around the mean", () => {
  it.each(functions)("%s is within 2e-6 of what mpmath gives, relative to it", (_, of, run, side, isLog) => {
    const rows = fixture[of]
    expect(rows.length).toBeGreaterThan(100)
    const column = (i: number): tf.Tensor => tf.tensor1d(rows.map((row) => row[i] ?? Number.NaN))
    const { values } = compute(() => run(column(0), column(1), column(2)))
    rows.forEach((row, i) => {
      const log = row.at(side) ?? Number.NaN
      const expected = isLog ? log : Math.exp(log)
      const error = Math.abs((values[i] ?? Number.NaN) - expected)
      // below 1e-38 float32 has no numbers in full precision
      expect(error, `at ${row}: ${values[i]}`).toBeLessThanOrEqual(2e-6 * Math.abs(expected) + 1.2e-38)
    })
  })
})
