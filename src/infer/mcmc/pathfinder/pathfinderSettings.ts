import { InvalidOption } from "../../../Errors.ts"
import { type Checks, checkOptions, count, whole, withDefaults } from "../../fit/checkOptions.ts"
import type { AnyInit } from "../../guide/firstReals.ts"
import { samplerChecks } from "../settings.ts"
import type { PathfinderProgress } from "./pathfinderProgress.ts"

export type { PathfinderProgress } from "./pathfinderProgress.ts"

/** How Pathfinder runs. Every entry has a default. */
export interface PathfinderOptions<I = AnyInit> {
  /** paths from different beginnings, all in one compiled graph (8) */
  readonly paths?: number
  /** draws of the posterior, resampled from as many draws of each path (1000) */
  readonly draws?: number
  /** whether draws of all paths are resampled by Pareto smoothed importance weights (true); otherwise those of the path with the largest ELBO stand as they are */
  readonly resample?: boolean
  /** draws by which the ELBO of each step's approximation is estimated (10) */
  readonly elboDraws?: number
  /** steps of which the curvature of a path is made: an approximation has a diagonal and twice as many directions (10) */
  readonly history?: number
  /** the most steps of one path (1000) */
  readonly maxIterations?: number
  /** the same seed gives the same draws on the same engine (0) */
  readonly seed?: number
  /** values at which each path begins, as for `nuts`. Others begin at uniform(−2, 2) on the real numbers. */
  readonly init?: I
  /** whether progress is printed (true), or who is told instead */
  readonly progress?: boolean | ((event: PathfinderProgress) => void)
  /** when it aborts, it is interrupted after the current evaluation, and its memory is freed */
  readonly signal?: AbortSignal
}

const checks: Checks<PathfinderOptions> = {
  paths: count,
  draws: count,
  resample: (option, value) => {
    if (typeof value !== "boolean") throw new InvalidOption({ option, value: String(value), expected: "true or false" })
  },
  elboDraws: count,
  history: count,
  maxIterations: count,
  seed: whole,
  ...samplerChecks
}

/** Options with every default filled in. */
export type PathfinderSettings = Required<Omit<PathfinderOptions, "signal">> & Pick<PathfinderOptions, "signal">

/** @throws InvalidOption that names the option */
export const pathfinderSettings = (options: PathfinderOptions): PathfinderSettings => {
  checkOptions(options, checks)
  const defaults = { paths: 8, draws: 1000, resample: true, elboDraws: 10, history: 10, maxIterations: 1000 }
  return withDefaults({ ...defaults, seed: 0, init: {}, progress: true }, options)
}
