import { InvalidOption } from "../../../Errors.ts"
import { type Checks, checkOptions, withDefaults } from "../../fit/checkOptions.ts"
import type { AnyInit } from "../../guide/firstReals.ts"
import { chainDefaults, type NutsOptions, nutsChecks } from "../settings.ts"

/** How a program is sampled by Gibbs sampling. Every entry has a default. What is learned in the warm-up, and `init`, are of continuous sites, which NUTS moves between sweeps. */
export interface GibbsOptions<I = AnyInit, N extends string = string> extends Omit<NutsOptions<I>, "warmup" | "start"> {
  /** sweeps of each chain that are thrown away (100; 1000 where there are continuous sites, whose step size and metric are learned in them) */
  readonly warmup?: number
  /** discrete sites that are drawn together, since they hold each other in place: lists of names, of sites in the same plate or outside of plates, with at most 256 combinations of values each (none) */
  readonly blocks?: ReadonlyArray<ReadonlyArray<N>>
}

const { start: _, ...ofNuts }: Checks<NutsOptions> = nutsChecks
const checks: Checks<GibbsOptions> = {
  ...ofNuts,
  blocks: (option, value) => {
    const isBlock = (block: unknown): boolean =>
      Array.isArray(block) && block.length > 1 && block.every((name) => typeof name === "string")
    if (!Array.isArray(value) || !value.every(isBlock))
      throw new InvalidOption({
        ...{ option, value: JSON.stringify(value) },
        expected: 'lists of two or more names of sites, such as [["a", "b"]]'
      })
  }
}

/** Options with every default filled in, but for the warm-up, which the program decides. */
export type GibbsSettings = Required<Omit<GibbsOptions, "signal" | "warmup">> & Pick<GibbsOptions, "signal" | "warmup">

/** The same for a program. */
export type SweepSettings = GibbsSettings & { readonly warmup: number }

/** @throws InvalidOption that names the option */
export const gibbsSettings = (options: GibbsOptions): GibbsSettings => {
  checkOptions(options, checks)
  const { warmup: _, ...shared } = chainDefaults
  return withDefaults({ ...shared, chains: 4, maxTreeDepth: 10, blocks: [] }, options)
}

/** Sweeps alone need a short warm-up; step sizes and metrics need that of NUTS. */
export const warmupFor = ({ warmup }: GibbsSettings, reals: number): number =>
  warmup ?? (reals === 0 ? 100 : chainDefaults.warmup)
