import type { Dataset } from "../../data/Dataset.ts"
import { placeIn } from "../../data/shownRows.ts"
import { kindOf, type Support } from "../../dist/Support.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { normalised, type Smoothed } from "../fitted/psis.ts"
import type { WeighedDraws } from "../fitted/weighedDraws.ts"
import { toReals } from "./toReals.ts"
import type { Estimate } from "./Verification.ts"

/** A way in which the guide of one number differs from what the weights say of the posterior. */
export type GuideDifference = "too narrow" | "too wide" | "too low" | "too high"

/** One number of a latent site under the guide, and as importance weights correct it. Of rows that are weighed one by one all entries are means over the rows. */
export interface ComparedNumber {
  readonly site: string
  /** its place in the value, of a site in a plate in `[rows, ...event]`: `[3]`, or nothing for a single number */
  readonly place: string
  readonly guide: { readonly mean: number; readonly sd: number }
  readonly weighted: { readonly mean: number; readonly sd: number }
  /** the weighted mean less the guide's, in sds of the guide, after the support was mapped to the real line: by log from the positive numbers, by logit from the unit interval */
  readonly shift: Estimate
  /** the weighted sd as a multiple of the guide's, on the real line too */
  readonly spread: Estimate
  readonly differences: ReadonlyArray<GuideDifference>
}

/** Two numbers that go together under the weights, and less so, or otherwise, under the guide. */
export interface ComparedPair {
  /** the two numbers as `site[place]` */
  readonly between: readonly [string, string]
  readonly guide: number
  readonly weighted: number
}

/** How much a mean must move, in sds of the guide, and an sd grow or shrink, to be told of; and by how many standard errors. */
const [leastShift, leastSpread, leastZ] = [0.2, 1.15, 2]

/** Compares each number of each site, and names the pairs whose correlation the guide misses, the largest differences first. */
export const compareSites = (
  { sites, logWeights, n, shared }: WeighedDraws,
  smoothed: ReadonlyArray<Smoothed>
): { readonly numbers: ReadonlyArray<ComparedNumber>; readonly pairs: ReadonlyArray<ComparedPair> } => {
  const ks = smoothed.map(({ k }) => k)
  const weights = smoothed.map(({ logWeights }) => normalised(logWeights))
  const columns = sites.flatMap(({ site, draws }) => columnsOf(draws, n, site.name, site.prior.support, weights.length))
  const isReliable = ks.filter((k) => k <= 0.7).length > 0.9 * ks.length
  const numbers = columns.map((column) => compared(column, weights, isReliable))
  const [only] = weights
  const isTogether = shared.length === 0 && logWeights.length === 1
  return { numbers, pairs: isTogether && only !== undefined ? missedPairs(columns, only) : [] }
}

/** The draws of one number in each row that has weights of its own. */
interface Column {
  readonly site: string
  readonly place: string
  readonly support: Support
  /** by row, then by draw */
  readonly draws: ReadonlyArray<Float64Array>
}

const columnsOf = (
  { values, event }: Dataset,
  n: number,
  site: string,
  support: Support,
  units: number
): ReadonlyArray<Column> => {
  const width = sizeOf(event) / units
  // rows that are weighed one by one come first in the shape of a value
  let leading = 1
  const inner = event.filter((size) => {
    const isRow = leading < units
    if (isRow) leading *= size
    return !isRow
  })
  return Array.from({ length: width }, (_, i) => ({
    ...{ site, support, place: placeIn(inner, i) },
    draws: Array.from({ length: units }, (_, unit) =>
      Float64Array.from({ length: n }, (_, draw) => values[(draw * units + unit) * width + i] ?? Number.NaN)
    )
  }))
}

interface Moments {
  readonly mean: number
  readonly sd: number
}

const momentsOf = (draws: Float64Array, weights?: Float64Array): Moments => {
  const n = draws.length
  const weight = (i: number): number => weights?.[i] ?? 1 / n
  const mean = draws.reduce((sum, x, i) => sum + x * weight(i), 0)
  return { mean, sd: Math.sqrt(draws.reduce((sum, x, i) => sum + (x - mean) ** 2 * weight(i), 0)) }
}

/** Standard errors of a weighted mean and variance, by the delta method for a ratio of two means (Owen 2013, section 9.2). */
const errorsOf = (draws: Float64Array, weights: Float64Array, { mean, sd }: Moments) => ({
  ofMean: Math.sqrt(draws.reduce((sum, x, i) => sum + ((x - mean) * (weights[i] ?? 0)) ** 2, 0)),
  ofVariance: Math.sqrt(draws.reduce((sum, x, i) => sum + (((x - mean) ** 2 - sd ** 2) * (weights[i] ?? 0)) ** 2, 0))
})

const compared = (
  { site, place, support, draws }: Column,
  weights: ReadonlyArray<Float64Array>,
  isReliable: boolean
): ComparedNumber => {
  const forward = toReals(support)
  const rows = draws.map((own, unit) => {
    const ws = weights[unit] ?? new Float64Array()
    const real = own.map(forward)
    const [guide, weighted] = [momentsOf(real), momentsOf(real, ws)]
    const { ofMean, ofVariance } = errorsOf(real, ws, weighted)
    const sd = guide.sd === 0 ? Number.NaN : guide.sd
    return {
      ...{ guide: momentsOf(own), weighted: momentsOf(own, ws) },
      shift: { mean: (weighted.mean - guide.mean) / sd, error: ofMean / sd },
      spread: { mean: weighted.sd / sd, error: ofVariance / (2 * weighted.sd * sd) }
    }
  })
  const average = (f: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((sum, row) => sum + f(row), 0) / rows.length
  const estimate = (of: "shift" | "spread"): Estimate => ({
    mean: average((row) => row[of].mean),
    error: Math.sqrt(average((row) => row[of].error ** 2) / rows.length)
  })
  const moments = (of: "guide" | "weighted"): Moments => ({
    mean: average((row) => row[of].mean),
    sd: average((row) => row[of].sd)
  })
  const [shift, spread] = [estimate("shift"), estimate("spread")]
  const differences = differencesOf(shift, spread, { hasWidth: kindOf[support] === "density", isReliable })
  return { site, place, guide: moments("guide"), weighted: moments("weighted"), shift, spread, differences }
}

/** Where weights are not reliable, few draws hold them, and these lie closer together than the posterior: then nothing is too wide. */
const differencesOf = (
  shift: Estimate,
  spread: Estimate,
  { hasWidth, isReliable }: { readonly hasWidth: boolean; readonly isReliable: boolean }
): ReadonlyArray<GuideDifference> => {
  const far = Math.abs(shift.mean) > Math.max(leastShift, leastZ * shift.error)
  const apart = hasWidth && Math.abs(spread.mean - 1) > leastZ * spread.error
  return [
    ...(apart && spread.mean > leastSpread ? ["too narrow" as const] : []),
    ...(apart && isReliable && spread.mean < 1 / leastSpread ? ["too wide" as const] : []),
    ...(far ? [shift.mean > 0 ? ("too low" as const) : ("too high" as const)] : [])
  ]
}

/** So many numbers are compared in pairs, and so many pairs are told of. */
const [mostNumbers, mostPairs] = [40, 5]
/** How much a correlation must differ; and how many draws the weighted ones must be worth. */
const [leastCorrelation, leastEffective] = [0.25, 100]

const missedPairs = (columns: ReadonlyArray<Column>, weights: Float64Array): ReadonlyArray<ComparedPair> => {
  const effective = 1 / weights.reduce((sum, w) => sum + w * w, 0)
  if (effective < leastEffective) return []
  const numbers = columns.slice(0, mostNumbers).flatMap(({ site, place, support, draws: [own] }) => {
    const real = own?.map(toReals(support))
    if (real === undefined) return []
    const [guide, weighted] = [momentsOf(real), momentsOf(real, weights)]
    if (!(guide.sd > 0 && weighted.sd > 0)) return []
    return [{ name: `${site}${place}`, real, guide, weighted }]
  })
  const n = weights.length
  return numbers
    .flatMap((a, i) =>
      numbers.slice(i + 1).flatMap((b): ReadonlyArray<ComparedPair> => {
        let [guide, weighted] = [0, 0]
        for (let d = 0; d < n; d++) {
          const [x, y] = [a.real[d] ?? 0, b.real[d] ?? 0]
          guide += ((x - a.guide.mean) * (y - b.guide.mean)) / n
          weighted += (x - a.weighted.mean) * (y - b.weighted.mean) * (weights[d] ?? 0)
        }
        guide /= a.guide.sd * b.guide.sd
        weighted /= a.weighted.sd * b.weighted.sd
        const error = (1 - weighted ** 2) / Math.sqrt(effective)
        const isMissed = Math.abs(weighted - guide) > Math.max(leastCorrelation, 3 * error)
        return isMissed ? [{ between: [a.name, b.name], guide, weighted }] : []
      })
    )
    .toSorted((a, b) => Math.abs(b.weighted - b.guide) - Math.abs(a.weighted - a.guide))
    .slice(0, mostPairs)
}
