import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { formsOf } from "../../../src/dist/combine/copies.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { klDivergence } from "../../../src/dist/divergence/kl.ts"
import { useCpu } from "../../support/onCpu.ts"
import { type Exception, exceptions } from "./exceptions.ts"
import { byLast, counted, families, ofOneCount } from "./families.ts"

useCpu()

type Word = number | "inf" | "-inf" | "nan"
type Point = number | ReadonlyArray<Point>

interface Row {
  readonly p: ReadonlyArray<number>
  readonly x: ReadonlyArray<Point>
  readonly logProb: ReadonlyArray<Word>
  /** of the log density at the first values, by each parameter */
  readonly gradients: ReadonlyArray<ReadonlyArray<Word>>
  readonly entropy?: Word
  readonly mean?: Word
  readonly variance?: Word
}

interface Pair {
  readonly q: ReadonlyArray<number>
  readonly p: ReadonlyArray<number>
  readonly kl: Word
  readonly gradients?: ReadonlyArray<Word>
}

interface Fixture {
  readonly families: Readonly<Record<string, ReadonlyArray<Row>>>
  readonly pairs: Readonly<Record<string, ReadonlyArray<Pair>>>
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("../../fixtures/wide.json", import.meta.url), "utf8"))

const words: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY }
const number = (word: Word): number => (typeof word === "number" ? word : (words[word] ?? Number.NaN))

/** One number that was computed, what it should be, and the size against which its error counts. */
interface Found {
  readonly p: ReadonlyArray<number>
  readonly at: unknown
  readonly got: number
  readonly right: number
  readonly size: number
}

const errorOf = ({ got, right, size }: Found): number => {
  if (Object.is(got, right) || got === right) return 0
  return Number.isFinite(got) && Number.isFinite(right) ? Math.abs(got - right) / size : Number.POSITIVE_INFINITY
}

const inWords = (found: Found): string =>
  `${errorOf(found).toExponential(1)} ${JSON.stringify([found.p, found.at])}: ${found.got} for ${found.right}`

/** What a computation gives that is no tensor; everything it made is freed. */
const freed = <T>(f: () => T): T => {
  const results: Array<T> = []
  tf.tidy(() => {
    results.push(f())
  })
  return results[0] as T
}

/** Every number is within the general bound, or within that of an exception, which is needed. */
const judge = (of: string, what: Exception["what"], bound: number, all: ReadonlyArray<Found>): void => {
  const known = exceptions.filter((each) => each.of === of && each.what === what)
  const exceptionOf = (found: Found): Exception | undefined => known.find(({ where }) => where(found.p))
  const failed = all.filter((found) => errorOf(found) > (exceptionOf(found)?.bound ?? bound))
  expect(failed.sort((a, b) => errorOf(b) - errorOf(a)).map(inWords)).toEqual([])
  for (const exception of known) {
    const worst = Math.max(...all.filter((found) => exceptionOf(found) === exception).map(errorOf))
    expect(worst, `no exception any more: ${exception.because}`).toBeGreaterThan(bound)
    expect(worst, `the bound says too much: ${exception.because}`).toBeGreaterThan(exception.bound / 5)
  }
}

/** A family's rows with one value each, those of one count one by one. */
const batches = (name: string, rows: ReadonlyArray<Row>) => {
  const cases = rows.flatMap((row) => row.x.map((x, i) => ({ row, x, i })))
  return ofOneCount.includes(name) ? cases.map((each) => [each]) : [cases]
}

const columns = (ps: ReadonlyArray<ReadonlyArray<number>>): Array<tf.Tensor> =>
  (ps[0] ?? []).map((_, j) => tf.tensor1d(ps.map((p) => p[j] ?? Number.NaN)))

const make = (name: string, parameters: ReadonlyArray<tf.Tensor>): Dist =>
  (families[name] as (...all: ReadonlyArray<tf.Tensor>) => Dist)(...parameters)

/** The numbers that a quantity has for each of several distributions: of a vector or a matrix the first one, or the last. */
const oneOfEach = (x: tf.Tensor | number, n: number, last: boolean): ReadonlyArray<number> => {
  const values = typeof x === "number" ? Array.from({ length: n }, () => x) : [...x.dataSync()]
  const size = values.length / n
  return Array.from({ length: n }, (_, i) => values[i * size + (last ? size - 1 : 0)] ?? Number.NaN)
}

const logDensities = (name: string, rows: ReadonlyArray<Row>): ReadonlyArray<Found> =>
  batches(name, rows).flatMap((cases) =>
    freed(() => {
      const x = tf.tensor(cases.map((each) => each.x) as unknown as number[])
      const found = make(name, columns(cases.map(({ row }) => row.p)))
        .logDensity(x)
        .dataSync()
      return cases.map(({ row, x, i }, k) => {
        const right = number(row.logProb[i] ?? "nan")
        return { p: row.p, at: x, got: found[k] ?? Number.NaN, right, size: Math.max(1, Math.abs(right)) }
      })
    })
  )

/**
 * By a relative change of the parameter, or of what the log density changes by it at another value. An error of a gradient by that is one of the log
 * density: 1e-4 of a fiftieth of it is 2e-6.
 */
const gradientSize = (right: number, unit: number, others: ReadonlyArray<number>, size = 1): number =>
  Math.max(Math.abs(right), 0.02 * Math.max(...others.map(Math.abs), size / Math.abs(unit)))

/** Of a location that is 0 the unit is the scale that follows. */
const unitOf = (p: ReadonlyArray<number>, j: number): number => p[j] || (p[j + 1] ?? 1)

const slopes = (name: string, rows: ReadonlyArray<Row>): ReadonlyArray<Found> =>
  batches(name, rows).flatMap((given) =>
    freed(() => {
      const cases = given.filter(({ row, i }) => i < row.gradients.length)
      if (cases.length === 0) return []
      const x = tf.tensor(cases.map((each) => each.x) as unknown as number[])
      const fixed = counted.includes(name) ? 1 : 0
      const parameters = columns(cases.map(({ row }) => row.p))
      const found = tf.grads((...free: tf.Tensor[]) =>
        tf.sum(make(name, [...parameters.slice(0, fixed), ...free]).logDensity(x))
      )(parameters.slice(fixed))
      return cases.flatMap(({ row, x, i }, k) =>
        found.map((slope, j) => {
          const right = number(row.gradients[i]?.[j + fixed] ?? "nan")
          const others = row.gradients.map((each) => number(each[j + fixed] ?? "nan"))
          const size = gradientSize(right, unitOf(row.p, j + fixed), others)
          return { p: row.p, at: [x, j + fixed], got: slope.dataSync()[k] ?? Number.NaN, right, size }
        })
      )
    })
  )

const quantities = (
  name: string,
  rows: ReadonlyArray<Row>,
  what: "entropy" | "mean" | "variance"
): ReadonlyArray<Found> =>
  (ofOneCount.includes(name) || what === "entropy" ? rows.map((row) => [row]) : [rows]).flatMap((all) =>
    freed(() => {
      if (all[0]?.[what] === undefined) return []
      const dist = make(name, columns(all.map(({ p }) => p)))
      const computed = what === "entropy" ? formsOf(dist).entropy?.() : dist[what]()
      const found = oneOfEach(computed ?? Number.NaN, all.length, byLast.includes(name) && what !== "entropy")
      return all.map((row, k) => {
        const right = number(row[what] ?? "nan")
        const size = what === "entropy" ? Math.max(1, Math.abs(right)) : momentSize(right)
        return { p: row.p, at: what, got: found[k] ?? Number.NaN, right, size }
      })
    })
  )

/** A moment is as exact as its logarithm: one of e^±70 to 18 times what one near 1 is. Below 1e-30 only its smallness counts. */
const momentSize = (right: number): number =>
  Math.max(1e-30, Math.abs(right)) * Math.max(1, Math.abs(Math.log(Math.max(1e-30, Math.abs(right)))) / 4)

describe.each(Object.entries(fixture.families))("%s of parameters from 1e-8 to 1e8", (name, rows) => {
  it("has the log density to 2e-6 of its size", () => {
    judge(name, "logProb", 2e-6, logDensities(name, rows))
  })

  it("has its gradient by the parameters", () => {
    judge(name, "gradient", 1e-4, slopes(name, rows))
  })

  it("has the entropy and the moments to 2e-6 of their size", () => {
    judge(name, "entropy", 2e-6, quantities(name, rows, "entropy"))
    judge(name, "mean", 2e-6, quantities(name, rows, "mean"))
    judge(name, "variance", 2e-6, quantities(name, rows, "variance"))
  })
})

const sameCount = ["Binomial", "NegativeBinomial", "NegativeBinomialProbs"]

/** KL by the parameters of both; a count, of which there is one for both, comes with those of q. */
const divergence =
  (name: string, given: number) =>
  (...all: ReadonlyArray<tf.Tensor>): tf.Tensor => {
    const [q = "", p = ""] = name.split("‖")
    const [ours, theirs] = [all.slice(0, given), all.slice(given)]
    const others = sameCount.includes(q) ? [...ours.slice(0, 1), ...theirs.slice(1)] : theirs
    return klDivergence(make(q, ours), make(p, others) as never)
  }

describe.each(Object.entries(fixture.pairs))("KL(%s) of parameters from 1e-8 to 1e8", (name, rows) => {
  it("is right to 2e-6 of its size, and its gradient is", () => {
    const [values, gradients]: [Array<Found>, Array<Found>] = [[], []]
    for (const row of rows)
      tf.tidy(() => {
        const all = [...row.q, ...row.p]
        const parameters = all.map((x) => tf.scalar(x))
        const kl = divergence(name, row.q.length)
        const right = number(row.kl)
        const size = Math.max(1, Math.abs(right))
        values.push({ p: row.q, at: row.p, got: kl(...parameters).dataSync()[0] ?? Number.NaN, right, size })
        if (row.gradients === undefined) return
        const untouched = (...x: tf.Tensor[]): tf.Tensor => tf.mul(0, tf.addN(x))
        const found = tf.grads((...x: tf.Tensor[]) => tf.add(kl(...x), untouched(...x)))(parameters)
        for (const [j, slope] of found.entries()) {
          const isCount = sameCount.some((each) => name.startsWith(each)) && (j === 0 || j === row.q.length)
          const wanted = number(row.gradients[j] ?? "nan")
          const got = slope.dataSync()[0] ?? Number.NaN
          const scale = gradientSize(wanted, unitOf(all, j), [], size)
          if (!isCount) gradients.push({ p: row.q, at: [row.p, j], got, right: wanted, size: scale })
        }
      })
    judge(name, "kl", 2e-6, values)
    judge(name, "gradient", 1e-4, gradients)
  })
})
