import { checkOptions, withDefaults } from "../fit/checkOptions.ts"
import type { AnyInit } from "../guide/firstReals.ts"
import type { MetricKind } from "./metric.ts"
import { chainChecks, chainDefaults, type NutsOptions } from "./settings.ts"

/** How a program is sampled by random-walk Metropolis. Every entry has a default: as for `nuts`, with longer chains, whose transitions are one evaluation each. */
export interface MetropolisOptions<I = AnyInit> extends Omit<NutsOptions<I>, "maxTreeDepth" | "start"> {
  /** transitions of each chain in which step size and metric are learned, and which are thrown away (5000) */
  readonly warmup?: number
  /** draws of each chain that are kept (10 000) */
  readonly draws?: number
  /** the mean acceptance that the step size is adapted to (0.44 for one number, 0.234 for more) */
  readonly targetAccept?: number
  /** the covariance that the warm-up learns: all of it ("dense"), or variances alone ("diagonal") */
  readonly metric?: MetricKind
}

/** Options with every default filled in, but for the acceptance, which the target decides. */
export type MetropolisSettings = Required<Omit<MetropolisOptions, "signal" | "targetAccept">> &
  Pick<MetropolisOptions, "signal" | "targetAccept">

/** @throws InvalidOption that names the option */
export const metropolisSettings = (options: MetropolisOptions): MetropolisSettings => {
  checkOptions(options, chainChecks)
  const { targetAccept: _, ...shared } = chainDefaults
  return withDefaults({ ...shared, chains: 4, warmup: 5000, draws: 10_000, metric: "dense" }, options)
}
