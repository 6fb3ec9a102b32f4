import type { AllDraws } from "../../fitted/draws.ts"
import type { Draws } from "../../fitted/posterior.ts"
import type { Summary } from "../../fitted/summarise.ts"
import type { Convergence } from "../convergence.ts"
import type { AnySampledPosterior, SampledPosterior } from "../SampledPosterior.ts"

/** What the weights of a guide's draws say of it as a proposal. */
export interface ProposalFacts {
  /** how many draws of the guide were weighed */
  readonly proposals: number
  /** log p(data) by Pareto smoothed importance weights, with its standard error */
  readonly logEvidence: { readonly mean: number; readonly error: number }
  /** the shape of the tail of the weights, which are reliable below 0.7; where each row of a plate is weighed on its own, the median over rows */
  readonly k: number
  /** (Σ w)² / Σ w² of the proposals; where each row of a plate is weighed on its own, the median over rows */
  readonly effective: number
  /** sentences; none where nothing is wrong */
  readonly advice: ReadonlyArray<string>
}

/** What chains of proposals say of themselves, apart from the values of their draws. */
interface ChainFacts extends ProposalFacts {
  readonly chains: number
  readonly drawsPerChain: number
  /** the mean acceptance probability of each chain after its warm-up */
  readonly acceptance: ReadonlyArray<number>
  /** mean, standard deviation and quantiles of each number with the error of its mean, effective sample sizes and R-hat, and advice where something is wrong */
  readonly summary: () => Convergence
}

/** Draws of the posterior of a program with latent sites `L` and sites `R` by independence Metropolis–Hastings: chains · draws of them, one chain after the other. It prints as the table of `summary`. */
export interface IndependenceDraws<L, R> extends ChainFacts, SampledPosterior<L, R> {}

/** Draws of the posterior of a program with latent sites `L` and sites `R` by importance resampling. It prints as the table of `summary`. */
export interface ImportanceDraws<L, R> extends ProposalFacts, SampledPosterior<L, R> {
  /** mean, standard deviation and quantiles of each number */
  readonly summary: () => Summary<AllDraws<L, R>>
}

/** The same where the types of a program are not known. */
export interface AnyIndependenceDraws extends ChainFacts, AnySampledPosterior {}

/** The same where the types of a program are not known. */
export interface AnyImportanceDraws extends ProposalFacts, AnySampledPosterior {
  readonly summary: () => Summary<Draws>
}
