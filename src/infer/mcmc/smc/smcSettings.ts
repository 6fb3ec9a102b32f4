import { InvalidOption } from "../../../Errors.ts"
import {
  betweenZeroAndOne,
  type Checks,
  checkOptions,
  count,
  oneOf,
  whole,
  withDefaults
} from "../../fit/checkOptions.ts"
import type { MetricKind } from "../metric.ts"
import { samplerChecks } from "../settings.ts"
import type { SmcProgress } from "./smcProgress.ts"

export type { SmcProgress } from "./smcProgress.ts"

/** How a program is sampled by sequential Monte Carlo. Every entry has a default. */
export interface SmcOptions {
  /** particles of each population (250) */
  readonly particles?: number
  /** populations that are resampled apart, all in one compiled graph: their differences are the error of the log evidence (8) */
  readonly populations?: number
  /** the effective sample size that the next temperature leaves, as a part of the particles: nearer to 1 for more temperatures (0.5) */
  readonly effective?: number
  /** transitions of Hamiltonian Monte Carlo of each particle at each temperature (4) */
  readonly moves?: number
  /** the covariance of the particles by which they move: variances alone ("diagonal"), or all of it ("dense") */
  readonly metric?: MetricKind
  /** the same seed gives the same draws on the same engine (0) */
  readonly seed?: number
  /** whether progress is printed (true), or who is told instead */
  readonly progress?: boolean | ((event: SmcProgress) => void)
  /** when it aborts, it is interrupted after the current evaluation, and its memory is freed */
  readonly signal?: AbortSignal
}

const { progress, signal } = samplerChecks

const atLeastTwo = (option: string, value: number): void => {
  if (count(option, value) < 2)
    throw new InvalidOption({ option, value: String(value), expected: "a whole number from 2" })
}

const checks: Checks<SmcOptions> = {
  particles: atLeastTwo,
  populations: atLeastTwo,
  effective: betweenZeroAndOne,
  moves: count,
  metric: (option, value) => oneOf(option, value, ["diagonal", "dense"]),
  seed: whole,
  progress,
  signal
}

/** Options with every default filled in. */
export type SmcSettings = Required<Omit<SmcOptions, "signal">> & Pick<SmcOptions, "signal">

/** @throws InvalidOption that names the option */
export const smcSettings = (options: SmcOptions, seed = 0): SmcSettings => {
  checkOptions(options, checks)
  const defaults = { particles: 250, populations: 8, effective: 0.5, moves: 4, metric: "diagonal", seed } as const
  return withDefaults({ ...defaults, progress: true }, options)
}
