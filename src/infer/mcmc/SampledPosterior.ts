import type { Inputs } from "../../model/Guided.ts"
import type { AllDraws, LogLikelihood, Simulated } from "../fitted/draws.ts"
import type { Result } from "../fitted/fitted.ts"
import type { Draws } from "../fitted/posterior.ts"
import type { PredictOptions } from "../fitted/predict.ts"

/** Draws of the posterior of a program with latent sites `L` and sites `R`, n of them, whatever drew them, and what they say of data. */
export interface SampledPosterior<L, R> {
  /**
   * `[n, ...event]` for each latent site, for each site that is summed out (drawn given the others), and for computed values; those in a plate by its name, `[n, rows, ...event]`. As from `posterior`, so that
   * `summarise` takes them too.
   */
  readonly draws: AllDraws<L, R>
  /** log p(y | latent values) by observed site, for each draw and row of the data that were sampled with */
  readonly logLikelihood: () => Result<LogLikelihood<R>>
  /** one draw of new rows from the posterior predictive for each draw: latent sites outside of plates as drawn, those in plates from their priors, then what is observed, which is not read */
  readonly predict: (inputs: Inputs<R>, options?: PredictOptions) => Result<Simulated<R>>
}

/** The same where the types of a program are not known. */
export interface AnySampledPosterior {
  readonly draws: Draws
  readonly logLikelihood: () => Result<Draws>
  readonly predict: (inputs: unknown, options?: PredictOptions) => Result<Draws>
}
