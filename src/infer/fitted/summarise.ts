import type { Dataset } from "../../data/Dataset.ts"
import { placeIn } from "../../data/shownRows.ts"
import { asHtml, asText, shorter, showing, type Table } from "../../display.ts"
import { InvalidOption } from "../../Errors.ts"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import { type Checks, checkOptions } from "../fit/checkOptions.ts"
import { momentsOf, quantileOf } from "./moments.ts"
import { isDataset } from "./posterior.ts"

/** What the draws of one site say of each of its numbers: those of a value `shape`, one after the other; in a plate `[rows, ...event]`. */
export interface SiteSummary {
  readonly shape: Shape
  readonly mean: Float64Array
  /** with n − 1 in the denominator */
  readonly sd: Float64Array
  /** one list for each of the summary's `quantiles` */
  readonly quantiles: ReadonlyArray<Float64Array>
}

/** The same for all sites, as the draws are nested. */
export type Summarised<D> = {
  readonly [K in keyof D]:
    | (NonNullable<D[K]> extends Dataset ? SiteSummary : Summarised<NonNullable<D[K]>>)
    | Extract<D[K], undefined>
}

/** Mean, standard deviation and quantiles of draws, by site. It prints as a table with a line for each number, and a notebook shows it as one. */
export interface Summary<D> {
  /** how many draws there were */
  readonly draws: number
  /** the probabilities of the quantiles, in increasing order */
  readonly quantiles: ReadonlyArray<number>
  readonly sites: Summarised<D>
  readonly toString: () => string
}

export interface SummariseOptions {
  /** probabilities ([0.05, 0.5, 0.95]) */
  readonly quantiles?: ReadonlyArray<number>
}

/**
 * Mean, standard deviation and quantiles of draws, by site: of those of `posterior`, `sample`, `predict` or `simulate`. A quantile is interpolated linearly between the two nearest draws (Hyndman and Fan
 * 1996, definition 7, as in R and NumPy).
 *
 * @throws InvalidOption for what are no draws, and for quantiles outside of [0, 1] or out of order
 * @example
 * ```ts
 * const drawn = { mu: Data.of([1, 2, 3, 4, 5], []) }
 * const table = summarise(drawn, { quantiles: [0.25] })
 * table.sites.mu.mean[0] // => 3
 * table.sites.mu.sd[0] // => Math.sqrt(2.5)
 * table.sites.mu.quantiles[0]?.[0] // => 2
 * console.log(`${table}`)
 * ```
 */
export const summarise = <D extends object>(draws: D, options: SummariseOptions = {}): Summary<D> => {
  checkOptions(options, summariseChecks)
  const quantiles = options.quantiles ?? [0.05, 0.5, 0.95]
  const lines: Array<Line> = []
  const counts = new Set<number>()
  const visit = (among: object, path: ReadonlyArray<string>): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      Object.entries(among).flatMap(
        ([name, entry]: readonly [string, unknown]): ReadonlyArray<readonly [string, unknown]> => {
          if (entry === undefined) return []
          const at = [...path, name]
          if (typeof entry !== "object" || entry === null) throw noDraws(at, String(entry))
          if (!isDataset(entry)) return [[name, visit(entry, at)]]
          counts.add(entry.size)
          const summary = summaryOf(entry, quantiles)
          lines.push({ name: at.join("."), ...summary })
          return [[name, summary]]
        }
      )
    )
  const sites = visit(draws, []) as Summarised<D>
  const [count = 0, other] = counts
  if (other !== undefined) throw noDraws([], `${count} draws of one site and ${other} of another`)
  return showing({ draws: count, quantiles, sites }, () => shown(lines, count, quantiles))
}

interface Line extends SiteSummary {
  readonly name: string
}

export const summariseChecks: Checks<SummariseOptions> = {
  quantiles: (option, value) => {
    const inOrder = Array.isArray(value) && value.every((p, i) => p >= 0 && p <= 1 && (i === 0 || p > value[i - 1]))
    if (!inOrder) throw new InvalidOption({ option, value: String(value), expected: "increasing numbers from 0 to 1" })
  }
}

const noDraws = (path: ReadonlyArray<string>, value: string): InvalidOption =>
  new InvalidOption({ option: ["draws", ...path].join("."), value, expected: "draws of one number, by site" })

const summaryOf = ({ values, scale, event, size }: Dataset, quantiles: ReadonlyArray<number>): SiteSummary => {
  const width = sizeOf(event)
  const [mean, sd] = [new Float64Array(width), new Float64Array(width)]
  const found = quantiles.map(() => new Float64Array(width))
  const draws = new Float64Array(size)
  for (let i = 0; i < width; i++) {
    for (let d = 0; d < size; d++) draws[d] = (values[d * width + i] ?? Number.NaN) * scale
    const moments = momentsOf(draws)
    mean[i] = moments.mean
    sd[i] = moments.sd
    draws.sort()
    for (const [k, p] of quantiles.entries()) {
      const list = found[k]
      if (list !== undefined) list[i] = quantileOf(draws, p)
    }
  }
  return { shape: event, mean, sd, quantiles: found }
}

/** How many numbers of one site are printed. */
const printed = 20

const shown = (lines: ReadonlyArray<Line>, draws: number, quantiles: ReadonlyArray<number>) => {
  const numbers = new Set(Array.from({ length: quantiles.length + 2 }, (_, i) => i + 1))
  const head = ["site", "mean", "sd", ...quantiles.map((p) => `${Number((100 * p).toPrecision(6))}%`)]
  const table: Table = { head, numbers, rows: lines.flatMap(rowsOf) }
  const title = lines.length === 0 ? "no sites: there are no draws" : `${draws} draws`
  return { text: `${title}\n${asText(table)}`, html: `<div>${title}</div>${asHtml(table)}` }
}

const rowsOf = ({ name, shape, mean, sd, quantiles }: Line): ReadonlyArray<ReadonlyArray<string>> => {
  const size = sizeOf(shape)
  const rows = Array.from({ length: Math.min(size, printed) }, (_, i) => [
    `${name}${placeIn(shape, i)}`,
    ...[mean, sd, ...quantiles].map((list) => shorter(list[i] ?? Number.NaN))
  ])
  return size <= printed ? rows : [...rows, [`${name}: ${size - printed} more numbers`]]
}
