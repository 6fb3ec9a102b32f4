import { type Checks, checkOptions, withDefaults } from "../../fit/checkOptions.ts"
import type { SamplingProgress } from "../samplingProgress.ts"
import { chainChecks } from "../settings.ts"

/** How a program is sampled by Gibbs sampling. Every entry has a default. */
export interface GibbsOptions {
  /** how many chains run, each on its own and all in one compiled graph (4) */
  readonly chains?: number
  /** sweeps of each chain that are thrown away (100) */
  readonly warmup?: number
  /** sweeps of each chain that are kept (1000) */
  readonly draws?: number
  /** the same seed gives the same draws on the same engine (0) */
  readonly seed?: number
  /** whether progress is printed (true), or who is told instead; a transition is a sweep of one chain */
  readonly progress?: boolean | ((event: SamplingProgress) => void)
  /** when it aborts, chains end with the draws that they have; in the warm-up, or with fewer than four, sampling is interrupted */
  readonly signal?: AbortSignal
}

const { chains, warmup, draws, seed, progress, signal } = chainChecks
const checks: Checks<GibbsOptions> = { chains, warmup, draws, seed, progress, signal }

/** Options with every default filled in. */
export type GibbsSettings = Required<Omit<GibbsOptions, "signal">> & Pick<GibbsOptions, "signal">

/** @throws InvalidOption that names the option */
export const gibbsSettings = (options: GibbsOptions): GibbsSettings => {
  checkOptions(options, checks)
  return withDefaults({ chains: 4, warmup: 100, draws: 1000, seed: 0, progress: true }, options)
}
