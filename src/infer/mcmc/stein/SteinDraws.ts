import type { AllDraws } from "../../fitted/draws.ts"
import type { Draws } from "../../fitted/posterior.ts"
import type { Summary } from "../../fitted/summarise.ts"
import type { AnySampledPosterior, SampledPosterior } from "../SampledPosterior.ts"

/** What Stein variational gradient descent says of itself, apart from the values of its particles. */
export interface SteinFacts {
  /** of the kernel exp(−‖x − y‖²/h) in the last iteration, on the real numbers */
  readonly bandwidth: number
  /** the root mean square of the direction in which particles would still move, times their standard deviation: of the number where it is largest. 0 at a fixed point */
  readonly residual: number
  /**
   * −mean of (x − x̄) ∂log p/∂x over the particles, of the number where it is furthest from 1, which it is for draws of p (Stein's identity). Below 1 the particles are too narrow: a normal posterior's variance
   * comes out smaller by this factor
   */
  readonly spread: number
  /** sentences; none where nothing is wrong */
  readonly advice: ReadonlyArray<string>
}

/** Particles that stand for the posterior of a program with latent sites `L` and sites `R`: a set, not independent draws. It prints as the table of `summary`. */
export interface SteinDraws<L, R> extends SteinFacts, SampledPosterior<L, R> {
  /** mean, standard deviation and quantiles of each number */
  readonly summary: () => Summary<AllDraws<L, R>>
}

/** The same where the types of a program are not known. */
export interface AnySteinDraws extends SteinFacts, AnySampledPosterior {
  readonly summary: () => Summary<Draws>
}
