import { InvalidOption } from "../../Errors.ts"
import { type Checks, checkOptions, count, positive, withDefaults } from "../fit/checkOptions.ts"
import type { AnyInit } from "../guide/firstReals.ts"
import { chainChecks, chainDefaults, type NutsOptions } from "./settings.ts"

/** How a program is sampled by Hamiltonian Monte Carlo. Every entry has a default. */
export interface HmcOptions<I = AnyInit> extends Omit<NutsOptions<I>, "chains" | "maxTreeDepth" | "start"> {
  /** how many chains run, all in one compiled graph: their warm-up is one, so that many of them learn faster (16) */
  readonly chains?: number
  /**
   * the longest time of a trajectory, of which each transition takes a uniform part, the same for all chains: "chees" learns it in the warm-up from four chains or more, best from dozens (Hoffman, Radul and
   * Sountsov 2021). A number is in units of the metric, where a standard deviation is about 1: π is half a period of a normal
   */
  readonly trajectory?: number | "chees"
  /** a trajectory has at most as many leapfrog steps (1000) */
  readonly maxSteps?: number
}

const checks: Checks<HmcOptions> = {
  ...chainChecks,
  trajectory: (option, value) => {
    if (value === "chees") return
    if (typeof value !== "number")
      throw new InvalidOption({ option, value: String(value), expected: 'a number above 0, or "chees"' })
    positive(option, value)
  },
  maxSteps: count
}

/** Options with every default filled in. */
export type HmcSettings = Required<Omit<HmcOptions, "signal">> & Pick<HmcOptions, "signal">

/** @throws InvalidOption that names the option */
export const hmcSettings = (options: HmcOptions): HmcSettings => {
  checkOptions(options, checks)
  const defaults = { ...chainDefaults, chains: 16, trajectory: "chees", maxSteps: 1000 } as const
  const settings: HmcSettings = withDefaults(defaults, options)
  if (settings.trajectory === "chees" && settings.chains < 4)
    throw new InvalidOption({
      option: "chains",
      value: String(settings.chains),
      expected:
        "a whole number from 4 where the trajectory is learned: with fewer chains give its time, { trajectory: 3 }"
    })
  if (settings.trajectory === "chees" && settings.warmup < 20)
    throw new InvalidOption({
      option: "warmup",
      value: String(settings.warmup),
      expected: "a whole number from 20 where the trajectory is learned, or { trajectory: 3 }"
    })
  return settings
}
