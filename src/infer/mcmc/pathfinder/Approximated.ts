import type { AllDraws } from "../../fitted/draws.ts"
import type { Draws } from "../../fitted/posterior.ts"
import type { Summary } from "../../fitted/summarise.ts"
import type { AnySampledPosterior, SampledPosterior } from "../SampledPosterior.ts"

/** What Pathfinder says of one path. */
export interface PathFacts {
  /** of the path's best approximation, in nats */
  readonly elbo: number
  /** steps of the path, and the one whose approximation it was */
  readonly iterations: number
  readonly best: number
}

/** What Pathfinder says of itself, apart from the values of its draws. */
export interface ApproximatedFacts {
  /** the paths that found an approximation */
  readonly paths: ReadonlyArray<PathFacts>
  /** the shape of the tail of the importance weights (Vehtari et al. 2024): below 0.7 the weights make up for what the approximations lack */
  readonly k: number
  /** log p(data) from the mean of the weights, with its standard error: more likely too low than too high */
  readonly logEvidence: { readonly mean: number; readonly error: number }
  /** evaluations of the log density of all paths together */
  readonly evaluations: number
  /** sentences; none where nothing is wrong */
  readonly advice: ReadonlyArray<string>
}

/** Draws of an approximation of the posterior of a program with latent sites `L` and sites `R`, by Pathfinder. It prints as the table of `summary`. */
export interface Approximated<L, R> extends ApproximatedFacts, SampledPosterior<L, R> {
  /** mean, standard deviation and quantiles of each number */
  readonly summary: () => Summary<AllDraws<L, R>>
}

/** The same where the types of a program are not known. */
export interface AnyApproximated extends ApproximatedFacts, AnySampledPosterior {
  readonly summary: () => Summary<Draws>
}
