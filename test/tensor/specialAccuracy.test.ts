import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { prepare } from "../../src/engine/backend.ts"
import { engines } from "../engine/engines.ts"
import { nothing, pure, runOnce, type Source } from "../engine/harness.ts"
import {
  type Constants,
  feedsOf,
  graphOf,
  type Measured,
  rowsOf,
  specialFunctions,
  worst
} from "../support/specialFunctions.ts"

const smallest = 1e-38

interface Errors {
  readonly value: number
  readonly gradient: number
}

const measure = async (source: Source, measured: Measured): Promise<Errors> => {
  const { arity, floor = smallest } = measured
  const rows = rowsOf(measured)
  const results = await runOnce(source, pure(graphOf(measured, rows.length)), nothing, 1, feedsOf(measured, rows))
  const column = (n: number): ReadonlyArray<number> => rows.map((row) => row[arity + n] ?? Number.NaN)
  const gradients = Array.from({ length: arity }, (_, i) => worst(results[`grad:x${i}`], column(i + 1), smallest))
  return { value: worst(results["y"], column(0), floor), gradient: Math.max(...gradients) }
}

/** docs/special-functions.md: one row a function, one column an engine, `value / gradient` in each cell. */
const [head = [], ...body] = readFileSync(new URL("../../docs/special-functions.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()))

const rowOf = (name: string): ReadonlyArray<string> => body.find((row) => row[1] === `\`${name}\``) ?? []

const stated = (name: string, engine: string): Errors => {
  const cell = rowOf(name)[head.indexOf(engine)] ?? ""
  const [value = Number.NaN, gradient = Number.NaN] = cell.split("/").map(Number)
  return { value, gradient }
}

/** What is stated is what is measured, rounded up; another processor's arithmetic may be better, by a factor that is not large. */
const slack = 4

beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

it("the page has a row for every function that is measured, and no other", () => {
  expect(body.map((row) => row[1]).sort()).toEqual(
    Object.keys(specialFunctions)
      .map((name) => `\`${name}\``)
      .sort()
  )
})

it("there are at least two hundred points a function", () => {
  for (const [name, measured] of Object.entries(specialFunctions))
    expect(rowsOf(measured).length, name).toBeGreaterThanOrEqual(200)
})

it("a function is as many nodes, without its gradients and with them, as the page says", () => {
  for (const [name, measured] of Object.entries(specialFunctions)) {
    const counts = [false, true].map((gradients) => graphOf(measured, 200, gradients).nodes.length)
    expect(rowOf(name)[head.indexOf("nodes")], name).toBe(counts.join(" / "))
  }
})

describe.each(engines)("on %s the worst error of value and gradient is what the page says", (engine, source) => {
  it.each(Object.entries(specialFunctions))("%s", async (name, measured) => {
    const found = await measure(source, measured)
    const limit = stated(name, engine)
    for (const what of ["value", "gradient"] as const) {
      expect(found[what], what).toBeLessThanOrEqual(limit[what])
      expect(found[what], `${what}: the page says too much`).toBeGreaterThan(limit[what] / slack)
    }
  })
})

/**
 * Sums that are carried as two numbers must not be simplified as if arithmetic were exact, and passes and engines simplify most where there are
 * constants. The shapes are one of many digits and ones of few, each with values down to 1e-36 or 1e-30.
 */
describe.each(engines)("on %s an argument that is a constant of the program costs no accuracy", (engine, source) => {
  it.each([
    ["gammainc", { 0: Math.fround(10 ** 1.5) }],
    ["gammaincc", { 0: 100 }],
    ["betainc", { 0: 30 }],
    ["betainc", { 1: 30 }],
    ["betainc", { 0: 2.5, 1: 30 }],
    ["betainc", { 2: Math.fround(0.99) }]
  ] as const)("%s with %j", async (name, constants: Constants) => {
    const measured = specialFunctions[name] as Measured
    const rows = rowsOf(measured).filter((row) => Object.entries(constants).every(([i, x]) => row[Number(i)] === x))
    expect(rows.length).toBeGreaterThanOrEqual(7)
    const graph = graphOf(measured, rows.length, false, constants)
    const { y } = await runOnce(source, pure(graph), nothing, 1, feedsOf(measured, rows, constants))
    const expected = rows.map((row) => row[measured.arity] ?? Number.NaN)
    expect(worst(y, expected, smallest)).toBeLessThanOrEqual(stated(name, engine).value)
  })
})
