import type { Metric } from "./metric.ts"

/** What is known of the log density at a place. */
export interface Evaluated {
  readonly logDensity: number
  readonly gradient: Float64Array
}

export interface Place extends Evaluated {
  readonly vector: Float64Array
}

/** A place with a momentum, and the velocity M⁻¹p that belongs to it. */
export interface Phase extends Place {
  readonly momentum: Float64Array
  readonly velocity: Float64Array
}

/** A computation of one chain, which asks for the log density at a vector, and goes on when it is told: the chains are evaluated together. */
export type Asking<A> = Generator<Float64Array, A, Evaluated>

/** A trajectory whose energy differs by more than this from where it began has left what can be simulated (Stan's limit). */
export const divergence = 1000

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** y + factor·x, put into a given array */
export const plusIn = (sum: Float64Array, y: Float64Array, x: Float64Array, factor = 1): Float64Array => {
  for (let i = 0; i < sum.length; i++) sum[i] = (y[i] ?? 0) + factor * (x[i] ?? 0)
  return sum
}

/** y + factor·x */
export const plus = (y: Float64Array, x: Float64Array, factor = 1): Float64Array =>
  plusIn(new Float64Array(y.length), y, x, factor)

/** ½ pᵀM⁻¹p − log density; infinite where this is no number */
export const energyOf = ({ logDensity, momentum, velocity }: Phase): number => {
  const energy = dot(momentum, velocity) / 2 - logDensity
  return Number.isNaN(energy) ? Number.POSITIVE_INFINITY : energy
}

export const withMomentum = (place: Place, momentum: Float64Array, metric: Metric): Phase => ({
  vector: place.vector,
  logDensity: place.logDensity,
  gradient: place.gradient,
  momentum,
  velocity: metric.velocity(momentum)
})

/** One leapfrog step of size ε, which may be negative. It makes no arrays but those of the new state. */
export function* leapfrog(from: Phase, step: number, metric: Metric): Asking<Phase> {
  const momentum = plusIn(metric.room(), from.momentum, from.gradient, step / 2)
  const velocity = metric.velocity(momentum)
  const vector = plusIn(velocity, from.vector, velocity, step)
  const { logDensity, gradient } = yield vector
  return withMomentum({ logDensity, gradient, vector }, plusIn(momentum, momentum, gradient, step / 2), metric)
}
