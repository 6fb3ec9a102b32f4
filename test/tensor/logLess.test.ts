import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../src/engine/backend.ts"
import { coinExcess } from "../../src/tensor/special/coinExcess.ts"
import { logitLess, logLess, logOneLessPower } from "../../src/tensor/special/logLess.ts"
import { engines } from "../engine/engines.ts"
import { nothing, pure, runOnce, type Source } from "../engine/harness.ts"
import { compute, useCpu } from "../support/onCpu.ts"
import { type Constants, feedsOf, graphOf, type Measured, worst } from "../support/specialFunctions.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

type Rows = ReadonlyArray<ReadonlyArray<number>>

const fixture: Readonly<Record<string, Rows>> = JSON.parse(
  readFileSync(new URL("../fixtures/log-less.json", import.meta.url), "utf8")
)

const functions = { logLess, logitLess, logOneLessPower }

/** Errors are relative to the value; from this size down they are absolute: a difference of logarithms is exact to 3e-13. */
const floors = { logLess: 2e-6, logitLess: 2e-6, logOneLessPower: 1e-37 }

const measure = async (name: keyof typeof functions, source: Source, rows: Rows, constants: Constants = {}) => {
  const measured: Measured = {
    fixture: name,
    arity: 2,
    run: (x = tf.scalar(1), c = tf.scalar(1)) => functions[name](x, c)
  }
  const isPlain = Object.keys(constants).length === 0
  const graph = graphOf(measured, rows.length, isPlain, constants)
  const results = await runOnce(source, pure(graph), nothing, 1, feedsOf(measured, rows, constants))
  const column = (i: number): ReadonlyArray<number> => rows.map((row) => row[i] ?? Number.NaN)
  const slopes = isPlain ? [0, 1].map((i) => worst(results[`grad:x${i}`], column(i + 3), 1e-37)) : []
  return { value: worst(results["y"], column(2), floors[name]), slopes }
}

describe.each(engines)("on %s", (_, source) => {
  it.each(["logLess", "logitLess"] as const)("%s is rounded once, however close the logarithm is", async (name) => {
    const { value, slopes } = await measure(name, source, fixture[name] ?? [])
    expect(value).toBeLessThan(1.5e-7)
    expect(Math.max(...slopes)).toBeLessThan(3e-7)
  })

  it("log(1 − xᵃ) is exact to some roundings of itself, and its derivatives to what rounding takes from a log x", async () => {
    const { value, slopes } = await measure("logOneLessPower", source, fixture["logOneLessPower"] ?? [])
    expect(value).toBeLessThan(4e-7)
    expect(Math.max(...slopes)).toBeLessThan(4e-6)
  })

  it.each([[{ 0: 0 }], [{ 1: 0 }]])("costs no accuracy where an argument is a constant: %j", async (places) => {
    for (const name of ["logLess", "logitLess"] as const)
      for (const row of (fixture[name] ?? []).filter((_, i) => i % 100 === 0)) {
        const constants = Object.fromEntries(Object.keys(places).map((i) => [i, row[Number(i)] ?? 0]))
        const { value } = await measure(name, source, [row, row], constants)
        expect(value, `${name} ${row}`).toBeLessThan(1.5e-7)
      }
  })
})

const excess: Measured = {
  fixture: "coinExcess",
  arity: 3,
  run: (n = tf.scalar(1), x = tf.scalar(1), l = tf.scalar(0)) => coinExcess(n, 0, x, l)
}

describe.each(engines)("by how much n σ(l) exceeds a count, on %s,", (_, source) => {
  const rows = fixture["coinExcess"] ?? []

  it("is rounded once, however many are counted, and so are its derivatives", async () => {
    const results = await runOnce(source, pure(graphOf(excess, rows.length)), nothing, 1, feedsOf(excess, rows))
    const column = (i: number): ReadonlyArray<number> => rows.map((row) => row[i] ?? Number.NaN)
    // n σ(l) is known to 46 bits: of up to 1e8, to 1e-6
    expect(worst(results["y"], column(3), 5)).toBeLessThan(3e-7)
    expect(Math.max(...[0, 1, 2].map((i) => worst(results[`grad:x${i}`], column(4 + i), 1e-37)))).toBeLessThan(4e-7)
  })

  it.each([0, 1, 2])("and where its argument %d is a constant of the program", async (place) => {
    for (const row of rows.filter(([n, , l]) => n === 1e8 && (l === -3 || l === 2))) {
      const constants = { [place]: row[place] ?? 0 }
      const graph = graphOf(excess, 2, false, constants)
      const { y } = await runOnce(source, pure(graph), nothing, 1, feedsOf(excess, [row, row], constants))
      expect(worst(y, [row[3] ?? 0, row[3] ?? 0], 5), String(row)).toBeLessThan(3e-7)
    }
  })
})

it("has the limits of the logarithm", () => {
  const limits = compute(() => logLess(tf.tensor1d([Number.POSITIVE_INFINITY, 0, Number.NaN, 1]), 2)).values
  expect([...limits]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -2])
})
