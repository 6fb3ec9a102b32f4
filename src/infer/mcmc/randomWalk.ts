import { type Asking, type Place, plus } from "./hamiltonian.ts"
import type { Moving, Transition } from "./nuts.ts"

/**
 * A transition of random-walk Metropolis (Metropolis et al. 1953; Roberts and Rosenthal 2001): a normal step of the covariance that the metric estimates, times the square of the step size, taken with probability
 * min(1, p(there) / p(here)). A place where the log density is no number is never taken.
 */
export function* randomWalk(place: Place, { step, metric, numbers }: Moving): Asking<Transition> {
  // p ~ N(0, M) has the velocity M⁻¹p ~ N(0, M⁻¹)
  const vector = plus(place.vector, metric.velocity(metric.momentum(numbers)), step)
  const there = yield vector
  const change = there.logDensity - place.logDensity
  const acceptance = Number.isNaN(change) ? 0 : Math.min(1, Math.exp(change))
  const taken = numbers.uniform() < acceptance ? { ...there, vector } : place
  return { place: taken, acceptance, depth: 0, leapfrogs: 1, isDivergent: false, energy: -taken.logDensity }
}

/** The step size that is best for a normal density of many numbers (Roberts, Gelman and Gilks 1997). */
export const firstWalk = (size: number): number => 2.38 / Math.sqrt(Math.max(1, size))

/** The acceptance at which a random walk is fastest: of a normal density of one number, and of many (Roberts, Gelman and Gilks 1997; Roberts and Rosenthal 2001). */
export const bestAcceptance = (size: number): number => (size === 1 ? 0.44 : 0.234)
