import { InvalidOption } from "../../../Errors.ts"
import { type Checks, checkOptions, count, positive, whole, withDefaults } from "../../fit/checkOptions.ts"
import type { AnyInit } from "../../guide/firstReals.ts"
import { samplerChecks } from "../settings.ts"

/** How Stein variational gradient descent runs. Every entry has a default. */
export interface SteinOptions<I = AnyInit> {
  /** particles, all in one compiled graph (100); the work of an iteration grows with their square */
  readonly particles?: number
  /** evaluations of the log density of all particles (1000) */
  readonly iterations?: number
  /** the first step size of Adam, which falls to 0 along half a cosine (0.1) */
  readonly stepSize?: number
  /** the same seed gives the same particles on the same engine (0) */
  readonly seed?: number
  /** values at which each particle begins, as for `nuts`. Others begin at uniform(−2, 2) on the real numbers. */
  readonly init?: I
  /** when it aborts, it is interrupted after the current evaluation, and its memory is freed */
  readonly signal?: AbortSignal
}

const { init, signal } = samplerChecks
const checks: Checks<SteinOptions> = {
  particles: (option, value) => {
    if (count(option, value) < 2)
      throw new InvalidOption({ option, value: String(value), expected: "at least 2: particles repel each other" })
  },
  iterations: count,
  stepSize: positive,
  seed: whole,
  ...{ init, signal }
}

/** Options with every default filled in. */
export type SteinSettings = Required<Omit<SteinOptions, "signal">> & Pick<SteinOptions, "signal">

/** @throws InvalidOption that names the option */
export const steinSettings = (options: SteinOptions): SteinSettings => {
  checkOptions(options, checks)
  return withDefaults({ particles: 100, iterations: 1000, stepSize: 0.1, seed: 0, init: {} }, options)
}
