import type { Metric } from "./metric.ts"

/** What is known of the log density at a place. */
export interface Evaluated {
  readonly logDensity: number
  readonly gradient: Float64Array
}

export interface Place extends Evaluated {
  readonly vector: Float64Array
}

/** A place with a momentum, and the velocity M⁻¹p that belongs to it. What it says may be written over by another state of the same chain. */
export interface Phase {
  vector: Float64Array
  logDensity: number
  gradient: Float64Array
  momentum: Float64Array
  velocity: Float64Array
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
const plusIn = (sum: Float64Array, y: Float64Array, x: Float64Array, factor = 1): Float64Array => {
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

/** The first half of a leapfrog step of size ε, which may be negative: where it leads to. It makes no arrays, and `to` is not known before `arrive`. */
export const depart = (from: Phase, to: Phase, step: number, { variances, velocity }: Metric): void => {
  const { vector, momentum } = to
  const half = step / 2
  if (variances === undefined) {
    plusIn(momentum, from.momentum, from.gradient, half)
    plusIn(vector, from.vector, velocity(momentum, to.velocity), step)
    return
  }
  // the same in one pass
  const { vector: place, momentum: before, gradient } = from
  for (let i = 0; i < vector.length; i++) {
    const p = (before[i] ?? 0) + half * (gradient[i] ?? 0)
    momentum[i] = p
    vector[i] = (place[i] ?? 0) + step * (p * (variances[i] ?? 1))
  }
}

/** The second half, when the log density there is known. */
export const arrive = (
  to: Phase,
  { logDensity, gradient }: Evaluated,
  step: number,
  { variances, velocity }: Metric
): void => {
  const { momentum, velocity: speed } = to
  const half = step / 2
  to.logDensity = logDensity
  to.gradient = gradient
  if (variances === undefined) {
    plusIn(momentum, momentum, gradient, half)
    velocity(momentum, speed)
    return
  }
  for (let i = 0; i < momentum.length; i++) {
    const p = (momentum[i] ?? 0) + half * (gradient[i] ?? 0)
    momentum[i] = p
    speed[i] = p * (variances[i] ?? 1)
  }
}

/** A leapfrog step to a new state. */
export function* leapfrog(from: Phase, step: number, metric: Metric): Asking<Phase> {
  const to = emptyPhase(metric.room)
  depart(from, to, step, metric)
  arrive(to, yield to.vector, step, metric)
  return to
}

/** A state of which nothing is known. */
export const emptyPhase = (room: () => Float64Array): Phase => ({
  vector: room(),
  logDensity: Number.NaN,
  gradient: noNumbers,
  momentum: room(),
  velocity: room()
})

const noNumbers = new Float64Array(0)
