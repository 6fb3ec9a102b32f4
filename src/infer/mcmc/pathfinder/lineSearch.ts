import { type Asking, dot, type Place, plus } from "../hamiltonian.ts"

/** The conditions of Wolfe: the density rises by this share of what the slope promises, and its slope falls to that share. */
const [rise, flat] = [1e-4, 0.01]
const tries = 20
/** Log densities are float32: a fall of this share of one is none. */
const rounding = 1e-6

/**
 * A place further along a direction in which the log density rises, where its slope is nearly 0: the strong conditions of Wolfe (Nocedal and Wright 2006, section 3.1). Trials are the zeros of straight lines
 * through two slopes, kept inside of the bracket, so that the first one after the first trial is exact for a normal density. Undefined where no trial rises.
 *
 * @param first the length of the first trial, as a multiple of the direction
 */
export function* lineSearch(from: Place, direction: Float64Array, first: number): Asking<Place | undefined> {
  const slope = dot(from.gradient, direction)
  if (!(slope > 0)) return undefined
  const slack = rounding * Math.abs(from.logDensity)
  let low = { at: 0, slope }
  let best: Place | undefined
  let high = Number.POSITIVE_INFINITY
  let trial = first
  for (let i = 0; i < tries; i++) {
    const vector = plus(from.vector, direction, trial)
    const place: Place = { ...(yield vector), vector }
    const there = dot(place.gradient, direction)
    const rises = place.logDensity >= from.logDensity + rise * trial * slope - slack && Number.isFinite(there)
    if (rises && Math.abs(there) <= flat * slope) return place
    if (rises && place.logDensity >= (best?.logDensity ?? Number.NEGATIVE_INFINITY)) best = place
    const line = low.at + ((trial - low.at) * low.slope) / (low.slope - there)
    if (rises && there > 0) low = { at: trial, slope: there }
    else high = trial
    const next = rises && Number.isFinite(line) ? line : (low.at + trial) / 2
    trial = inside(next, low.at, high)
  }
  return best
}

/** Strictly between two ends, or at most four times as far as the lower one where there is no upper end. */
const inside = (x: number, low: number, high: number): number => {
  if (high === Number.POSITIVE_INFINITY) return x > low ? Math.min(x, 4 * low) : 4 * low
  const margin = 0.05 * (high - low)
  return Math.min(high - margin, Math.max(low + margin, x))
}
