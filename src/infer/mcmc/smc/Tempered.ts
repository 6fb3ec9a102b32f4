import type { Inputs } from "../../../model/Guided.ts"
import type { AllDraws, LogLikelihood, Simulated } from "../../fitted/draws.ts"
import type { Result } from "../../fitted/fitted.ts"
import type { Draws } from "../../fitted/posterior.ts"
import type { PredictOptions } from "../../fitted/predict.ts"
import type { Summary } from "../../fitted/summarise.ts"

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

/** Draws of the posterior of a program with latent sites `L` and sites `R`, by sequential Monte Carlo. It prints as the table of `summary`. */
export interface Tempered<L, R> extends TemperedFacts {
  /** `[populations · particles, ...event]` for each site, and in a plate `[populations · particles, rows, ...event]`: as from `posterior` and `nuts` */
  readonly draws: AllDraws<L, R>
  /** mean, standard deviation and quantiles of each number */
  readonly summary: () => Summary<AllDraws<L, R>>
  /** log p(y | latent values) by observed site, for each draw and row of the data */
  readonly logLikelihood: () => Result<LogLikelihood<R>>
  /** one draw of new rows from the posterior predictive for each draw: latent sites outside of plates as drawn, those in plates from their priors, then what is observed, which is not read */
  readonly predict: (inputs: Inputs<R>, options?: PredictOptions) => Result<Simulated<R>>
}

/** The same where the types of a program are not known. */
export interface AnyTempered extends TemperedFacts {
  readonly draws: Draws
  readonly summary: () => Summary<Draws>
  readonly logLikelihood: () => Result<Draws>
  readonly predict: (inputs: unknown, options?: PredictOptions) => Result<Draws>
}
