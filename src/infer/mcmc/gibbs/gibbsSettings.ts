import { type Checks, checkOptions, withDefaults } from "../../fit/checkOptions.ts"
import type { AnyInit } from "../../guide/firstReals.ts"
import { chainDefaults, type NutsOptions, nutsChecks } from "../settings.ts"

/** How a program is sampled by Gibbs sampling. Every entry has a default. What is learned in the warm-up, and `init`, are of continuous sites, which NUTS moves between sweeps. */
export interface GibbsOptions<I = AnyInit> extends Omit<NutsOptions<I>, "warmup" | "start"> {
  /** sweeps of each chain that are thrown away (100; 1000 where there are continuous sites, whose step size and metric are learned in them) */
  readonly warmup?: number
}

const { start: _, ...checks }: Checks<NutsOptions> = nutsChecks

/** Options with every default filled in, but for the warm-up, which the program decides. */
export type GibbsSettings = Required<Omit<GibbsOptions, "signal" | "warmup">> & Pick<GibbsOptions, "signal" | "warmup">

/** The same for a program. */
export type SweepSettings = GibbsSettings & { readonly warmup: number }

/** @throws InvalidOption that names the option */
export const gibbsSettings = (options: GibbsOptions): GibbsSettings => {
  checkOptions(options, checks)
  const { warmup: _, ...shared } = chainDefaults
  return withDefaults({ ...shared, chains: 4, maxTreeDepth: 10 }, options)
}

/** Sweeps alone need a short warm-up; step sizes and metrics need that of NUTS. */
export const warmupFor = ({ warmup }: GibbsSettings, reals: number): number =>
  warmup ?? (reals === 0 ? 100 : chainDefaults.warmup)
