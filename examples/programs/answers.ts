// What the example programs share: made-up data, exact answers by sums over grids, and a table that is checked.
import { mkdir } from "node:fs/promises"
import { basename, join } from "node:path"
import { Effect } from "effect"
import { type FitOptions, Optimizer, reportPage, Schedule } from "../../src/index.ts"

const name = basename(process.argv[1] ?? "", ".js")
/** With `--report`: the page of a program, out/NAME/report.html. */
const page = process.argv.includes("--report") ? reportPage(name) : undefined
process.once("beforeExit", async () => {
  if (page === undefined) return
  await mkdir(join("out", name), { recursive: true })
  await Effect.runPromise(page.write(join("out", name, "report.html")))
})

/** A fit whose learning rate falls to zero, so that it ends at the optimum and not beside it. */
export const settled = (epochs: number, rate: number): FitOptions => ({
  epochs,
  particles: 8,
  optimizer: Optimizer.adam(Schedule.cosine(rate), { beta2: 0.99 }),
  progress: page?.fit() ?? false
})

/** A number that a fit found, beside the answer that is known. */
export interface Compared {
  readonly quantity: string
  readonly found: number
  readonly known: number
  /** how far the two may be apart */
  readonly within: number
}

/**
 * Prints a table of what was found beside what is known. When a number is off, or is none, the process will end with exit status 1.
 *
 * @param note a line below the table, such as a gap that is to be expected
 */
export const compare = (title: string, rows: ReadonlyArray<Compared>, ...note: ReadonlyArray<string>): void => {
  const width = Math.max(...rows.map(({ quantity }) => quantity.length))
  const shown = (x: number): string => x.toFixed(3).padStart(10)
  const lines = rows.map(({ quantity, found, known, within }) => {
    const off = !(Math.abs(found - known) <= within)
    if (off) process.exitCode = 1
    return `${quantity.padEnd(width)}${shown(found)}${shown(known)}${shown(within)}${off ? "  off" : ""}`
  })
  const head = " ".repeat(width) + ["found", "known", "within"].map((x) => x.padStart(10)).join("")
  const text = [head, ...lines, ...note].join("\n")
  console.log(`${title}\n${text}`)
  page?.show(title, text)
}

/**
 * Two rows of the table: the mean and the standard deviation of a posterior.
 *
 * @param part how far both may be off, as a part of the known standard deviation
 */
export const moments = (quantity: string, found: Moments, known: Moments, part: number): ReadonlyArray<Compared> => [
  { quantity, found: found.mean, known: known.mean, within: part * known.sd },
  { quantity: `  sd of ${quantity}`, found: found.sd, known: known.sd, within: part * known.sd }
]

export interface Moments {
  readonly mean: number
  readonly sd: number
}

/** Mean and standard deviation of draws. */
export const momentsOf = (draws: ArrayLike<number>): Moments => weightedMoments(Array.from(draws, (x) => [x, 1]))

/** Those of one entry of draws that have several numbers each. */
export const momentsOfEntry = (draws: ArrayLike<number>, entry: number, of: number): Moments =>
  momentsOf(Array.from(draws).filter((_, i) => i % of === entry))

/** Those of numbers with weights, which need not add up to 1. */
export const weightedMoments = (points: ReadonlyArray<readonly [x: number, weight: number]>): Moments => {
  const total = points.reduce((sum, [, w]) => sum + w, 0)
  const mean = points.reduce((sum, [x, w]) => sum + w * x, 0) / total
  return { mean, sd: Math.sqrt(points.reduce((sum, [x, w]) => sum + w * (x - mean) ** 2, 0) / total) }
}

/** The middles of `n` equal parts of an interval. */
export const grid = (low: number, high: number, n: number): ReadonlyArray<number> =>
  Array.from({ length: n }, (_, i) => low + ((high - low) * (i + 0.5)) / n)

/** All combinations of one number of each list. */
export const product = (...lists: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<ReadonlyArray<number>> =>
  lists.reduce<ReadonlyArray<ReadonlyArray<number>>>(
    (all, list) => all.flatMap((x) => list.map((y) => [...x, y])),
    [[]]
  )

/**
 * Quadrature: the moments of a function under a density that is known up to a constant, by its sum over the points of a grid.
 *
 * @param logDensity at each point; for a grid that is equal in other variables than the density's, with the logarithm of the Jacobian
 */
export const expectations = <P>(
  points: ReadonlyArray<P>,
  logDensity: (point: P) => number
): { readonly of: (f: (point: P) => number) => Moments; readonly logSum: number } => {
  const logs = points.map(logDensity)
  const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const weights = logs.map((log) => Math.exp(log - most))
  return {
    of: (f) => weightedMoments(points.map((point, i) => [f(point), weights[i] ?? Number.NaN])),
    logSum: most + Math.log(weights.reduce((a, b) => a + b, 0))
  }
}

/** log N(x; mean, sd) */
export const logNormal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI)

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x))

/** log(eᵃ + eᵇ + …) */
export const logSumExp = (logs: ReadonlyArray<number>): number => {
  const most = Math.max(...logs)
  return most + Math.log(logs.reduce((sum, x) => sum + Math.exp(x - most), 0))
}

/** Made-up data: numbers in (0, 1) and from N(0, 1), the same for the same seed (mulberry32 by T. Ettinger; Box and Muller 1958). */
export const random = (seed: number): { readonly uniform: () => number; readonly normal: () => number } => {
  let state = seed
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296
  }
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) }
}
