import type { Inputs } from "../../model/Guided.ts"
import type { AllDraws, LogLikelihood, Simulated } from "../fitted/draws.ts"
import type { Result } from "../fitted/fitted.ts"
import type { Draws } from "../fitted/posterior.ts"
import type { PredictOptions } from "../fitted/predict.ts"
import type { Convergence } from "./convergence.ts"

/** What a sampler says of each draw, chain after chain. */
export interface SamplerStatistics {
  /** of the real numbers that stand for the draw: log p(data, value) + log|det ∂value/∂u| */
  readonly logDensity: Float64Array
  /** −log density and the kinetic energy of the momentum */
  readonly energy: Float64Array
  /** the mean acceptance probability along the trajectory; of `hmc` that of its end */
  readonly acceptance: Float64Array
  /** how often the trajectory was doubled; 0 in draws of `hmc` */
  readonly treeDepth: Int32Array
  /** the steps of the trajectory */
  readonly leapfrogs: Int32Array
  /** 1 where it diverged */
  readonly divergent: Uint8Array
}

/** What chains say of themselves, apart from the values of their draws. */
export interface SampledFacts {
  readonly chains: number
  readonly drawsPerChain: number
  /** why there are fewer draws than were asked for */
  readonly stopped?: "aborted"
  /** transitions after the warm-up that diverged */
  readonly divergences: number
  /** leapfrog steps after the warm-up, of all chains */
  readonly leapfrogs: number
  /** of `hmc`: the longest time of a trajectory after the warm-up, in units of the metric, where a standard deviation is about 1 */
  readonly trajectory?: number
  /** of each chain, after the warm-up */
  readonly stepSizes: ReadonlyArray<number>
  /** the mean acceptance probability of each chain */
  readonly acceptance: ReadonlyArray<number>
  /** of each chain: how fast its energy changes (Betancourt 2016), which should be above 0.3 */
  readonly eBfmi: ReadonlyArray<number>
  readonly statistics: SamplerStatistics
  /** mean, standard deviation and quantiles of each number with the error of its mean, effective sample sizes and R-hat, and advice where something is wrong */
  readonly summary: () => Convergence
}

/** Draws of the posterior of a program with latent sites `L` and sites `R` by Markov chains. It prints as the table of `summary`. */
export interface Sampled<L, R> extends SampledFacts {
  /**
   * `[chains · draws, ...event]` for each latent site, one chain after the other, for each site that is summed out (drawn given the others), and for computed values; those in a plate by its name, `[chains · draws,
   * rows, ...event]`. As from `posterior`, so that `summarise` takes them too.
   */
  readonly draws: AllDraws<L, R>
  /** log p(y | latent values) by observed site, for each draw and row of the data that were sampled with */
  readonly logLikelihood: () => Result<LogLikelihood<R>>
  /** one draw of new rows from the posterior predictive for each draw: latent sites outside of plates as drawn, those in plates from their priors, then what is observed, which is not read */
  readonly predict: (inputs: Inputs<R>, options?: PredictOptions) => Result<Simulated<R>>
}

/** The same where the types of a program are not known. */
export interface AnySampled extends SampledFacts {
  readonly draws: Draws
  readonly logLikelihood: () => Result<Draws>
  readonly predict: (inputs: unknown, options?: PredictOptions) => Result<Draws>
}
