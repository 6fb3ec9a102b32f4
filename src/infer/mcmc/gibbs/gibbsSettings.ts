import { type Checks, checkOptions, withDefaults } from "../../fit/checkOptions.ts"
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
}

const { chains, warmup, draws, seed } = chainChecks
const checks: Checks<GibbsOptions> = { chains, warmup, draws, seed }

/** @throws InvalidOption that names the option */
export const gibbsSettings = (options: GibbsOptions): Required<GibbsOptions> => {
  checkOptions(options, checks)
  return withDefaults({ chains: 4, warmup: 100, draws: 1000, seed: 0 }, options)
}
