import type { Convergence } from "../convergence.ts"
import type { AnySampledPosterior, SampledPosterior } from "../SampledPosterior.ts"

export type { GibbsOptions } from "./gibbsSettings.ts"

/** What chains of sweeps say of themselves, apart from the values of their draws. */
interface SweepFacts {
  readonly chains: number
  readonly drawsPerChain: number
  /** why there are fewer draws than were asked for */
  readonly stopped?: "aborted"
  /** log p(data, values) of each draw, chain after chain; of continuous sites with log|det ∂value/∂u| of the real numbers that stand for them */
  readonly logDensity: Float64Array
  /** transitions of continuous sites after the warm-up that diverged */
  readonly divergences: number
  /** of each chain, after the warm-up: the step size with which its continuous sites move, and their mean acceptance probability; none without such sites */
  readonly stepSizes: ReadonlyArray<number>
  readonly acceptance: ReadonlyArray<number>
  /** mean, standard deviation and quantiles of each number with the error of its mean, effective sample sizes and R-hat, and advice where something is wrong */
  readonly summary: () => Convergence
}

/** Draws of the posterior of a program with latent sites `L` and sites `R` by Gibbs sampling: chains · draws of them, one chain after the other. It prints as the table of `summary`. */
export interface GibbsDraws<L, R> extends SweepFacts, SampledPosterior<L, R> {}

/** The same where the types of a program are not known. */
export interface AnyGibbsDraws extends SweepFacts, AnySampledPosterior {}
