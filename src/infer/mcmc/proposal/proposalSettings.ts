import { type Checks, checkOptions, count, whole, withDefaults } from "../../fit/checkOptions.ts"
import { chainChecks } from "../settings.ts"

/** How a fit is sampled by independence Metropolis–Hastings. Every entry has a default. */
export interface IndependenceOptions {
  /** how many chains run, each with proposals of its own (4) */
  readonly chains?: number
  /** transitions of each chain that are thrown away (100) */
  readonly warmup?: number
  /** draws of each chain that are kept (1000) */
  readonly draws?: number
  /** the same seed gives the same draws on the same engine (that of the fit) */
  readonly seed?: number
}

/** How draws of a guide are resampled by their weights. Every entry has a default. */
export interface ImportanceOptions {
  /** draws that are resampled (1000) */
  readonly draws?: number
  /** draws of the guide that are weighed (ten for each draw that is resampled) */
  readonly proposals?: number
  /** the same seed gives the same draws on the same engine (that of the fit) */
  readonly seed?: number
}

const { chains, warmup, draws, seed } = chainChecks
const independenceChecks: Checks<IndependenceOptions> = { chains, warmup, draws, seed }
const importanceChecks: Checks<ImportanceOptions> = { draws: count, proposals: count, seed: whole }

/** @throws InvalidOption that names the option */
export const independenceSettings = (options: IndependenceOptions, seed: number): Required<IndependenceOptions> => {
  checkOptions(options, independenceChecks)
  return withDefaults({ chains: 4, warmup: 100, draws: 1000, seed }, options)
}

/** @throws InvalidOption that names the option */
export const importanceSettings = (options: ImportanceOptions, seed: number): Required<ImportanceOptions> => {
  checkOptions(options, importanceChecks)
  const { draws = 1000 } = options
  return withDefaults({ draws, proposals: 10 * draws, seed }, options)
}
