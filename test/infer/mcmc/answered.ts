import type { Numbers } from "../../../src/infer/mcmc/chainNumbers.ts"
import type { Asking, Evaluated, Place } from "../../../src/infer/mcmc/hamiltonian.ts"

/** A log density with its gradient. */
export type Target = (vector: Float64Array) => Evaluated

/** Answers a computation's questions on the spot. */
export const answered = <A>(
  asking: Asking<A>,
  target: Target,
  onAsked: (vector: Float64Array) => void = () => {}
): A => {
  let next = asking.next({ logDensity: Number.NaN, gradient: new Float64Array(0) })
  while (next.done !== true) {
    onAsked(next.value)
    next = asking.next(target(next.value))
  }
  return next.value
}

/** Independent normals about 0. */
export const normal =
  (variances: ReadonlyArray<number>): Target =>
  (x) => ({
    logDensity: -x.reduce((sum, each, i) => sum + each ** 2 / (variances[i] ?? 1), 0) / 2,
    gradient: x.map((each, i) => -each / (variances[i] ?? 1))
  })

export const at = (target: Target, vector: ReadonlyArray<number>): Place => {
  const place = Float64Array.from(vector)
  return { ...target(place), vector: place }
}

/** u with eᵘ ~ Gamma(2, 1), a skewed density on the real numbers. */
export const skewed = {
  target: ((u) => ({
    logDensity: 2 * (u[0] ?? 0) - Math.exp(u[0] ?? 0),
    gradient: u.map((x) => 2 - Math.exp(x))
  })) satisfies Target,
  draw: ({ uniform }: Numbers): number => Math.log(-Math.log(uniform()) - Math.log(uniform())),
  cumulative: (u: number): number => 1 - (1 + Math.exp(u)) * Math.exp(-Math.exp(u))
}

/** The distance of Kolmogorov and Smirnov between sorted numbers, all moved by some amount, and a distribution, in units of what it exceeds with probability 0.001. */
export const distanceOf = (sorted: Float64Array, cumulative: (x: number) => number, by = 0): number =>
  (Math.sqrt(sorted.length) / 1.95) *
  sorted.reduce((most, x, i) => Math.max(most, Math.abs(cumulative(x + by) - (i + 0.5) / sorted.length)), 0)
