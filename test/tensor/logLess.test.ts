import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../src/engine/backend.ts"
import { coinExcess } from "../../src/tensor/special/coinExcess.ts"
import { logitLess, logLess, logOneLessPower } from "../../src/tensor/special/logLess.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { record } from "../../src/trace/record.ts"
import { engines } from "../engine/engines.ts"
import { nothing, pure, runOnce, type Source } from "../engine/harness.ts"
import { compute, useCpu } from "../support/onCpu.ts"
import { feedsOf, graphOf, type Measured, worst } from "../support/specialFunctions.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

type Rows = ReadonlyArray<ReadonlyArray<number>>

const fixture: Readonly<Record<string, Rows>> = JSON.parse(
  readFileSync(new URL("../fixtures/log-less.json", import.meta.url), "utf8")
)

const functions = { logLess, logitLess, logOneLessPower }

/** Errors are relative to the value; from this size down they are absolute: a difference of logarithms is exact to 3e-13. */
const floors = { logLess: 2e-6, logitLess: 2e-6, logOneLessPower: 1e-37 }

const measuredOf = (name: keyof typeof functions): Measured => ({
  fixture: name,
  arity: 2,
  run: (x = tf.scalar(1), c = tf.scalar(1)) => functions[name](x, c)
})

const measure = async (name: keyof typeof functions, source: Source, rows: Rows) => {
  const measured = measuredOf(name)
  const graph = graphOf(measured, rows.length)
  const results = await runOnce(source, pure(graph), nothing, 1, feedsOf(measured, rows))
  const column = (i: number): ReadonlyArray<number> => rows.map((row) => row[i] ?? Number.NaN)
  const slopes = [0, 1].map((i) => worst(results[`grad:x${i}`], column(i + 3), 1e-37))
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

  it.each([0, 1])("costs no accuracy where its argument %d is a constant of the program", async (place) => {
    for (const name of ["logLess", "logitLess"] as const) {
      const rows = (fixture[name] ?? []).filter((_, i) => i % 100 === 0)
      const found = await withConstants(source, measuredOf(name), rows, place)
      for (const [i, row] of rows.entries()) {
        const expected = [row[2] ?? 0, row[2] ?? 0]
        expect(worst(found[`y${i}`], expected, floors[name]), `${name} ${row}`).toBeLessThan(1.5e-7)
      }
    }
  })
})

/** A function of which one argument is a constant, another one for each row: all of them in one program, each for two equal rows. */
const withConstants = (source: Source, { arity, run }: Measured, rows: Rows, place: number) => {
  const places = Array.from({ length: arity }, (_, i) => i)
  const others = rows.flatMap((row, i) =>
    places.flatMap((at) => (at === place ? [] : [[`x${i},${at}`, row[at] ?? Number.NaN] as const]))
  )
  const graph = record(({ input }) =>
    Object.fromEntries(
      rows.map((row, i) => [
        `y${i}`,
        run(...places.map((at) => (at === place ? tf.scalar(row[at] ?? Number.NaN) : input(`x${i},${at}`, [2]))))
      ])
    )
  )
  const feeds = Object.fromEntries(others.map(([name, x]) => [name, Float32Array.of(x, x)]))
  return runOnce(source, pure(simplify(graph)), nothing, 1, feeds)
}

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
    const few = rows.filter(([n, , l]) => n === 1e8 && (l === -3 || l === 2))
    const found = await withConstants(source, excess, few, place)
    for (const [i, row] of few.entries())
      expect(worst(found[`y${i}`], [row[3] ?? 0, row[3] ?? 0], 5), String(row)).toBeLessThan(3e-7)
  })
})

it("has the limits of the logarithm", () => {
  const limits = compute(() => logLess(tf.tensor1d([Number.POSITIVE_INFINITY, 0, Number.NaN, 1]), 2)).values
  expect([...limits]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -2])
})
