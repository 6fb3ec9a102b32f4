// What the examples on MNIST share: the command line, the data, and a table of checks.
import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import {
  Data,
  type Dataset,
  type Diagnosis,
  Engine,
  type FitError,
  type FitOptions,
  Optimizer,
  type Result,
  report,
  reportPage,
  type Start
} from "../../src/index.ts"
import { stopOnInterrupt } from "../flags.ts"

/** A fit that leaves the nets of another one as they are: those whose names begin so. */
export const unchanged = (fitted: { readonly parameters: Start["parameters"] }, net: string): FitOptions => {
  const parameters = Object.entries(fitted.parameters).filter(([name]) => name.startsWith(net))
  return {
    epochs: 1,
    optimizer: Optimizer.sgd(0),
    progress: false,
    start: { parameters: Object.fromEntries(parameters) }
  }
}

/** Images with their digits. */
export interface Digits {
  readonly images: Dataset<readonly [784], "unitInterval">
  readonly labels: Uint8Array
}

/** A figure of merit, and the bar that it must reach. */
export interface Check {
  readonly quantity: string
  readonly found: number
  readonly bar: readonly ["at least" | "at most", number]
}

/** Everything that an example is given. */
export interface Run {
  readonly train: Digits
  readonly test: Digits
  /** whether few images are read, in few steps: nothing is judged then */
  readonly quick: boolean
  /** of so many epochs, by batches of so many rows (128) */
  readonly fitting: (epochs: number, batchSize?: number) => FitOptions
  readonly check: (quantity: string, found: number, ...bar: Check["bar"]) => void
  readonly picture: (name: string, draw: (path: string) => Promise<void>) => Effect.Effect<void>
  /** with `--report`: whether to trust a fit, on a hundred data */
  readonly diagnose: <D extends Dataset>(
    fitted: { readonly diagnose: (data: D) => Result<Diagnosis> },
    data: D
  ) => Effect.Effect<void, FitError, Engine>
}

/**
 * Runs an example: `--quick` with 1,000 training images in an epoch, `--seed`, `--out` for its pictures, `--report` for a page of them all. Prints its figures beside their bars; the process ends
 * with exit status 1 where a full run is off.
 */
export const example = <E>(name: string, body: (run: Run) => Effect.Effect<void, E, Engine>): Promise<void> => {
  const { quick, seed, out, report: reports } = flags(name)
  const page = reportPage(name, quick ? { about: "Few images in few steps: nothing is judged." } : {})
  const signal = stopOnInterrupt()
  const checks: Array<Check> = []
  const fitting = (epochs: number, batchSize = 128): FitOptions => ({
    epochs: quick ? 1 : epochs,
    batchSize,
    seed,
    signal,
    progress: page.fit({ also: report() })
  })
  const program = Effect.gen(function* () {
    const { train, test } = yield* Data.mnist
    yield* Effect.promise(() => mkdir(out, { recursive: true }))
    yield* body({
      train: quick ? first(train, 1000) : train,
      test: quick ? first(test, 200) : test,
      quick,
      fitting,
      check: (quantity, found, ...bar) => checks.push({ quantity, found, bar }),
      picture: (file, draw) =>
        Effect.promise(async () => {
          const path = join(out, `${file}.png`)
          await draw(path)
          if (reports) page.show(file, await readFile(path))
        }),
      diagnose: (fitted, data) =>
        reports ? Effect.map(fitted.diagnose(data), (told) => page.show("Whether to trust it", told)) : Effect.void
    })
    print(name, checks, quick)
    for (const { quantity, found, bar } of checks) page.figure(quantity, found, quick ? {} : { bar })
    if (reports) yield* page.write(join(out, "report.html"))
  })
  return Effect.runPromise(Effect.provide(program, Engine.auto))
}

const flags = (name: string) => {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      seed: { type: "string", default: "0" },
      out: { type: "string", default: `out/${name}` },
      report: { type: "boolean", default: false }
    }
  })
  return { ...values, seed: Number(values.seed) }
}

export const first = ({ images, labels }: Digits, n: number): Digits => ({
  images: Data.take(images, Math.min(n, images.size)),
  labels: labels.slice(0, n)
})

/** The numbers of a dataset, row after row. */
export const numbers = ({ values, scale }: Dataset): Float32Array => Float32Array.from(values, (x) => x * scale)

/** Labels as one number a row. */
export const asRows = (labels: Uint8Array): Dataset<readonly [], "category"> =>
  Data.of(Float32Array.from(labels), [], "category")

/** Draws of images, one for each row, as images. */
export const asImages = (draws: Dataset): Dataset<readonly [784], "unitInterval"> =>
  Data.of(numbers(draws), [784], "unitInterval")

/** The position of the largest of each row's ten numbers. */
export const largest = (scores: Dataset): Uint8Array => {
  const all = numbers(scores)
  return Uint8Array.from({ length: all.length / 10 }, (_, i) => {
    const row = all.subarray(10 * i, 10 * i + 10)
    return row.indexOf(Math.max(...row))
  })
}

/** The share of places at which two lists are equal. */
export const agreement = (a: Uint8Array, b: Uint8Array): number => a.filter((x, i) => x === b[i]).length / a.length

/** Labels as ten numbers a row, of which the label's own is 1. */
export const oneHot = (labels: Uint8Array): Dataset<readonly [10]> => {
  const values = new Float32Array(10 * labels.length)
  labels.forEach((label, i) => {
    values[10 * i + label] = 1
  })
  return Data.of(values, [10])
}

/** Mean squared difference of each number. */
export const squaredError = (a: Dataset, b: Dataset): number => {
  const [x, y] = [numbers(a), numbers(b)]
  return x.reduce((sum, value, i) => sum + (value - (y[i] ?? Number.NaN)) ** 2, 0) / x.length
}

export const mean = (xs: ArrayLike<number>): number => Array.from(xs).reduce((a, b) => a + b, 0) / xs.length

const print = (name: string, checks: ReadonlyArray<Check>, quick: boolean): void => {
  const width = Math.max(...checks.map(({ quantity }) => quantity.length))
  console.log(`\n${name}${quick ? " (quick: nothing is judged)" : ""}`)
  for (const {
    quantity,
    found,
    bar: [side, bar]
  } of checks) {
    const holds = side === "at least" ? found >= bar : found <= bar
    if (Number.isNaN(found) || (!quick && !holds)) process.exitCode = 1
    const judged = quick || holds ? "" : "  off"
    console.log(`${quantity.padEnd(width)}  ${shown(found).padStart(10)}  ${side} ${shown(bar)}${judged}`)
  }
}

const shown = (x: number): string => (x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(1) : x.toFixed(4))
