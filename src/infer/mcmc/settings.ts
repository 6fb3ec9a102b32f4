import { InvalidOption } from "../../Errors.ts"
import { betweenZeroAndOne, type Checks, checkOptions, count, oneOf, whole, withDefaults } from "../fit/checkOptions.ts"
import type { AnyInit } from "../guide/firstReals.ts"
import type { MetricKind } from "./metric.ts"
import type { SamplingProgress } from "./samplingProgress.ts"

export type { MetricKind } from "./metric.ts"
export type { SamplingProgress } from "./samplingProgress.ts"

/** How a program is sampled by NUTS. Every entry has a default. */
export interface NutsOptions<I = AnyInit> {
  /** how many chains run, each on its own and all in one compiled graph (4) */
  readonly chains?: number
  /** transitions of each chain in which step size and metric are learned, and which are thrown away (1000) */
  readonly warmup?: number
  /** draws of each chain that are kept (1000) */
  readonly draws?: number
  /** the same seed gives the same draws on the same engine (0) */
  readonly seed?: number
  /** the mean acceptance that the step size is adapted to: nearer to 1 for smaller steps (0.8) */
  readonly targetAccept?: number
  /** a trajectory has at most 2^maxTreeDepth − 1 steps (10) */
  readonly maxTreeDepth?: number
  /** the covariance that the warm-up learns: variances alone ("diagonal"), or all of it ("dense") */
  readonly metric?: MetricKind
  /**
   * where chains begin: at uniform(−2, 2) on the real numbers ("uniform"), or at draws of Pathfinder, whose covariance is the first metric ("pathfinder"). From there a warm-up of some hundred transitions
   * is often enough; all chains may begin at the same mode, so that R-hat does not tell of others
   */
  readonly start?: "uniform" | "pathfinder"
  /** values at which each chain begins, by site: a number for all of its numbers, a list of them, or a tensor; in a plate the same for each row. Others begin at uniform(−2, 2) on the real numbers. */
  readonly init?: I
  /** whether progress is printed (true), or who is told instead */
  readonly progress?: boolean | ((event: SamplingProgress) => void)
  /** when it aborts, chains end with the draws that they have; in the warm-up, or with fewer than four, sampling is interrupted */
  readonly signal?: AbortSignal
}

interface Shared {
  readonly init?: AnyInit
  readonly progress?: unknown
  readonly signal?: AbortSignal
}

/** The checks of the options that samplers share. */
export const samplerChecks: Checks<Shared> = {
  init: (option, value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new InvalidOption({ option, value: String(value), expected: "a record of values by site" })
  },
  progress: (option, value) => {
    if (typeof value !== "boolean" && typeof value !== "function")
      throw new InvalidOption({ option, value: String(value), expected: "true, false or a function" })
  },
  signal: (option, value) => {
    if (typeof value?.aborted !== "boolean")
      throw new InvalidOption({ option, value: String(value), expected: "an AbortSignal" })
  }
}

/** The checks of the options of chains, whatever moves them. */
export const chainChecks = {
  chains: count,
  warmup: whole,
  draws: (option, value) => {
    if (count(option, value) < 4)
      throw new InvalidOption({
        option,
        value: String(value),
        expected: "a whole number from 4: fewer draws say nothing of a chain"
      })
  },
  seed: whole,
  targetAccept: betweenZeroAndOne,
  metric: (option, value) => oneOf(option, value, ["diagonal", "dense"]),
  ...samplerChecks
} satisfies Partial<Checks<NutsOptions>>

/** What they are where they are not given. */
export const chainDefaults = {
  ...{ warmup: 1000, draws: 1000, seed: 0, targetAccept: 0.8 },
  ...({ metric: "diagonal", init: {}, progress: true } as const)
}

/** The check of each option. */
export const nutsChecks: Checks<NutsOptions> = {
  ...chainChecks,
  maxTreeDepth: (option, value) => {
    if (count(option, value) > 20)
      throw new InvalidOption({ option, value: String(value), expected: "a whole number from 1 to 20" })
  },
  start: (option, value) => oneOf(option, value, ["uniform", "pathfinder"])
}

/** What chains are told, whatever moves them. */
export type ChainOptions = Required<
  Pick<NutsOptions, "chains" | "warmup" | "draws" | "seed" | "targetAccept" | "metric" | "progress">
> &
  Pick<NutsOptions, "signal">

/** Options with every default filled in. */
export type NutsSettings = Required<Omit<NutsOptions, "signal">> & Pick<NutsOptions, "signal">

/** @throws InvalidOption that names the option */
export const nutsSettings = (options: NutsOptions): NutsSettings => {
  checkOptions(options, nutsChecks)
  return withDefaults({ ...chainDefaults, chains: 4, maxTreeDepth: 10, start: "uniform" }, options)
}
