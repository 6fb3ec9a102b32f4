import type { AllDraws } from "../../fitted/draws.ts"
import type { Draws } from "../../fitted/posterior.ts"
import type { Summary } from "../../fitted/summarise.ts"
import type { AnySampledPosterior, SampledPosterior } from "../SampledPosterior.ts"

/** What sequential Monte Carlo says of itself, apart from the values of its draws. */
export interface TemperedFacts {
  /** log p(data) from the mean over populations, with the standard error that their differences give */
  readonly logEvidence: { readonly mean: number; readonly error: number }
  /** log p(data) by each population */
  readonly populations: ReadonlyArray<number>
  /** from 0, the prior, to 1, the posterior */
  readonly temperatures: ReadonlyArray<number>
  /** the mean acceptance probability of the moves at each temperature after the first */
  readonly acceptance: ReadonlyArray<number>
  /** evaluations of the log density of all particles together */
  readonly evaluations: number
  /** sentences; none where nothing is wrong */
  readonly advice: ReadonlyArray<string>
}

/** Draws of the posterior of a program with latent sites `L` and sites `R`, by sequential Monte Carlo: populations · particles of them. It prints as the table of `summary`. */
export interface Tempered<L, R> extends TemperedFacts, SampledPosterior<L, R> {
  /** mean, standard deviation and quantiles of each number */
  readonly summary: () => Summary<AllDraws<L, R>>
}

/** The same where the types of a program are not known. */
export interface AnyTempered extends TemperedFacts, AnySampledPosterior {
  readonly summary: () => Summary<Draws>
}
