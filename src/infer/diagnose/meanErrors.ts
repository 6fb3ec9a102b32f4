import { Effect } from "effect"
import { placeIn } from "../../data/shownRows.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { accuracyOf, type MeanError } from "../fit/accuracy/Accuracy.ts"
import type { Learned } from "../fit/Learned.ts"
import { heavyTail, normalised, psis } from "../fitted/psis.ts"
import { type WeighedDraws, weighedDraws } from "../fitted/weighedDraws.ts"
import type { Prepared } from "../run/prepared.ts"

/** Draws that are weighed, and the most rows that each of them may read. */
const [draws, mostRows] = [10_000, 10_000]
/** Above this shape of their tail weights are not reliable. */
const reliable = 0.7

/** Says of a fit with `accuracy` how far each mean may be from the posterior's, by importance weights that neither the steps nor the stopping know of. */
export const withMeanErrors = (learned: Learned, data: Prepared): Effect.Effect<Learned, FitError, Engine> =>
  Effect.gen(function* () {
    const { descended, derived, parameters, seed } = learned
    if (descended === undefined) return learned
    const rows = Math.max(1, ...Object.values(data.sizes))
    if (rows > mostRows) {
      const unweighed = `Each draw would read ${rows} rows, so that the means were not held against the posterior: diagnose some rows.`
      return { ...learned, accuracy: accuracyOf(descended, { k: Number.NaN, numbers: [] }, unweighed) }
    }
    const n = Math.round(Math.max(1000, Math.min(draws, 1e7 / rows)))
    // other draws than those that posterior and diagnose give by the seed of the fit
    const drawn = yield* weighedDraws(derived.sampled, { data, parameters, n, seed: seed + 1 })
    return { ...learned, accuracy: accuracyOf(descended, meanErrors(drawn)) }
  })

/** For each number E_p[x] − E_q[x] in sds of the posterior p, from draws of the guide q and their weights. */
export const meanErrors = ({
  sites,
  logWeights,
  n
}: WeighedDraws): { readonly k: number; readonly numbers: ReadonlyArray<MeanError> } => {
  const units = logWeights.map((each) => {
    const smoothed = psis(each)
    return { k: smoothed.k, weights: normalised(smoothed.logWeights) }
  })
  const numbers = sites.flatMap(({ site, draws: { values, event } }) => {
    const width = sizeOf(event)
    const inner = width / units.length
    return Array.from({ length: width }, (_, i): MeanError => {
      const unit = units[Math.floor(i / inner)]
      const column = Float64Array.from({ length: n }, (_, d) => values[d * width + i] ?? Number.NaN)
      const { shift, error } = shiftOf(column, unit?.weights ?? new Float64Array(n))
      const isKnown = unit !== undefined && unit.k <= reliable
      return {
        site: site.name,
        place: placeIn(event, i),
        shift,
        error: isKnown ? Math.abs(shift) + 2 * error * heavyTail(unit.k, n) : Number.NaN
      }
    })
  })
  return { k: Math.max(...units.map(({ k }) => k)), numbers }
}

/**
 * The weighted mean less the plain one, in weighted sds, with its standard error by the delta method: that of the mean of nw(x − m_w) − (x − m). Both means are of the same draws, so that an error of
 * drawing that they share is none: where all weights are the same the difference is 0, exactly.
 */
const shiftOf = (column: Float64Array, weights: Float64Array): { readonly shift: number; readonly error: number } => {
  const n = column.length
  const plain = column.reduce((sum, x) => sum + x, 0) / n
  const weighted = column.reduce((sum, x, d) => sum + x * (weights[d] ?? 0), 0)
  const sd = Math.sqrt(column.reduce((sum, x, d) => sum + (x - weighted) ** 2 * (weights[d] ?? 0), 0))
  if (sd === 0) return { shift: plain === weighted ? 0 : Number.NaN, error: 0 }
  const influence = column.map((x, d) => n * (weights[d] ?? 0) * (x - weighted) - (x - plain))
  const variance = influence.reduce((sum, x) => sum + x ** 2, 0) / n
  return { shift: (weighted - plain) / sd, error: Math.sqrt(variance / n) / sd }
}
