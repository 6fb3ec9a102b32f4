import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { besselRatio, logI0, logI1 } from "../../src/tensor/special/bessel.ts"
import { lbeta } from "../../src/tensor/special/beta.ts"
import { betainc } from "../../src/tensor/special/betainc.ts"
import { erf, erfc } from "../../src/tensor/special/erf.ts"
import { digamma, lgamma, polygamma } from "../../src/tensor/special/gamma.ts"
import { gammainc, gammaincc } from "../../src/tensor/special/gammainc.ts"
import { log1mexp, logaddexp, logit, softplusInverse, xlog1py, xlogy } from "../../src/tensor/special/logs.ts"
import { erfinv, logNdtr, ndtri } from "../../src/tensor/special/normal.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import type { Graph } from "../../src/trace/Graph.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { record } from "../../src/trace/record.ts"

/** A special function as the tests of its accuracy see it. */
export interface Measured {
  /** the table of test/fixtures/special.json: arguments, value, partial derivatives */
  readonly fixture: string
  readonly arity: number
  readonly run: (...x: ReadonlyArray<tf.Tensor>) => tf.Tensor
  /** errors are relative to the value, or to this where the value is smaller: a logarithm that passes through 0 in the midst of its range */
  readonly floor?: number
}

const one = (fixture: string, f: (x: tf.Tensor) => tf.Tensor, floor?: number): Measured => ({
  fixture,
  arity: 1,
  run: (x = tf.scalar(0)) => f(x),
  ...(floor === undefined ? {} : { floor })
})
const two = (
  fixture: string,
  f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  more: Pick<Measured, "floor"> = {}
): Measured => ({ fixture, arity: 2, run: (x = tf.scalar(0), y = tf.scalar(0)) => f(x, y), ...more })
const three = (fixture: string, f: typeof betainc): Measured => ({
  fixture,
  arity: 3,
  run: (x = tf.scalar(0), y = tf.scalar(0), z = tf.scalar(0)) => f(x, y, z)
})

export const specialFunctions: Readonly<Record<string, Measured>> = {
  lgamma: one("lgamma", lgamma),
  digamma: one("digamma", digamma),
  trigamma: one("trigamma", (x) => polygamma(1, x)),
  lbeta: two("lbeta", lbeta, { floor: 1 }),
  erf: one("erf", erf),
  erfc: one("erfc", erfc),
  erfinv: one("erfinv", erfinv),
  ndtri: one("ndtri", ndtri),
  logNdtr: one("logNdtr", logNdtr),
  logI0: one("logI0", logI0),
  logI1: one("logI1", logI1, 1),
  besselRatio: one("besselRatio", besselRatio),
  logaddexp: two("logaddexp", logaddexp, { floor: 1 }),
  log1mexp: one("log1mexp", log1mexp),
  softplusInverse: one("softplusInverse", softplusInverse, 1),
  logit: one("logit", logit),
  xlogy: two("xlogy", xlogy),
  xlog1py: two("xlog1py", xlog1py),
  gammainc: two("gammainc", gammainc),
  gammaincc: two("gammaincc", gammaincc),
  betainc: three("betainc", betainc)
}

type Row = ReadonlyArray<number>
const fixtures: Readonly<Record<string, ReadonlyArray<Row>>> = JSON.parse(
  readFileSync(new URL("../fixtures/special.json", import.meta.url), "utf8")
)

export const rowsOf = ({ fixture }: Measured): ReadonlyArray<Row> => fixtures[fixture] ?? []

/** Arguments that are constants of the program, by their places. */
export type Constants = Readonly<Record<number, number>>

const inputsOf = ({ arity }: Measured, constants: Constants): ReadonlyArray<number> =>
  Array.from({ length: arity }, (_, i) => i).filter((i) => constants[i] === undefined)

/** The function over all of its rows at once, with its gradients, as engines get it. */
export const graphOf = (measured: Measured, size: number, gradients = true, constants: Constants = {}): Graph => {
  const value = record((recorder) => {
    const y = measured.run(
      ...Array.from({ length: measured.arity }, (_, i) => {
        const constant = constants[i]
        return constant === undefined ? recorder.input(`x${i}`, [size]) : tf.scalar(constant)
      })
    )
    return { y, total: tf.sum(y) }
  })
  const names = inputsOf(measured, constants).map((i) => `x${i}`)
  const graph = gradients ? differentiate(value, "total", names) : value
  const { total: _, ...outputs } = graph.outputs
  return simplify({ ...graph, outputs })
}

export const feedsOf = (
  measured: Measured,
  rows: ReadonlyArray<Row>,
  constants: Constants = {}
): Readonly<Record<string, Float32Array>> =>
  Object.fromEntries(
    inputsOf(measured, constants).map((i) => [`x${i}`, Float32Array.from(rows, (row) => row[i] ?? Number.NaN)])
  )

/** The worst relative error of a column of results. */
export const worst = (found: Float32Array | undefined, expected: ReadonlyArray<number>, floor: number): number =>
  expected.reduce((most, y, i) => {
    const x = found?.[i] ?? Number.NaN
    const error = x === y ? 0 : Math.abs(x - y) / Math.max(Math.abs(y), floor)
    return Number.isNaN(error) ? Infinity : Math.max(most, error)
  }, 0)
