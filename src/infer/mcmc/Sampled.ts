import type { Convergence } from "./convergence.ts"
import type { AnySampledPosterior, SampledPosterior } from "./SampledPosterior.ts"

export type { SampledPosterior } from "./SampledPosterior.ts"

/** What a sampler says of each draw, chain after chain. */
export interface SamplerStatistics {
  /** of the real numbers that stand for the draw: log p(data, value) + log|det ∂value/∂u| */
  readonly logDensity: Float64Array
  /** −log density and the kinetic energy of the momentum; of `metropolis` −log density alone */
  readonly energy: Float64Array
  /** the mean acceptance probability along the trajectory; of `hmc` that of its end, of `metropolis` that of the step */
  readonly acceptance: Float64Array
  /** how often the trajectory was doubled; 0 in draws of `hmc` and `metropolis` */
  readonly treeDepth: Int32Array
  /** the steps of the trajectory: evaluations of the log density */
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
  /** of each chain: how fast its energy changes (Betancourt 2016), which should be above 0.3; none of `metropolis`, which has no momentum */
  readonly eBfmi: ReadonlyArray<number>
  readonly statistics: SamplerStatistics
  /** mean, standard deviation and quantiles of each number with the error of its mean, effective sample sizes and R-hat, and advice where something is wrong */
  readonly summary: () => Convergence
}

/** Draws of the posterior of a program with latent sites `L` and sites `R` by Markov chains: chains · draws of them, one chain after the other. It prints as the table of `summary`. */
export interface Sampled<L, R> extends SampledFacts, SampledPosterior<L, R> {}

/** The same where the types of a program are not known. */
export interface AnySampled extends SampledFacts, AnySampledPosterior {}
