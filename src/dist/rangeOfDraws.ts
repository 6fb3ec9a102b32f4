import * as tf from "@tensorflow/tfjs"
import { type Interval, interval } from "../tensor/Interval.ts"
import type { Dist } from "./Dist.ts"
import { kindOf, rangeOf } from "./Support.ts"

/**
 * Where the single numbers of a distribution's draws lie, but for draws of probability 0: for all that its support says, and its own bounds where
 * these are plain numbers. The bounds of a density are open, for it has no probability there; those of what has masses are not.
 */
export const rangeOfDraws = (dist: Dist): Interval =>
  dist.range?.() ?? (isOpen(dist) ? opened(within(dist)) : within(dist))

const within = ({ support, parameters }: Dist): Interval => {
  if (support !== "interval") return rangeOf(support)
  const [from, to] = numbersOf(parameters)
  return { ...interval(from, to), lowOpen: !Number.isFinite(from), highOpen: !Number.isFinite(to) }
}

/** The parameters `low` and `high`, where they are plain numbers. */
const numbersOf = (parameters: Dist["parameters"]): readonly [number, number] => {
  let ends: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  // other parameters may be computed by the way
  tf.tidy(() => {
    const { low, high } = parameters()
    ends = [typeof low === "number" ? low : ends[0], typeof high === "number" ? high : ends[1]]
  })
  return ends
}

/**
 * Whether no draw has a number that is a bound. What has no gradient at all may have masses there, as censored values do; single numbers of a vector or a
 * matrix may be fixed, as that of a simplex of one number is.
 */
const isOpen = ({ support, gradients, eventRank, shape }: Dist): boolean =>
  kindOf[support] === "density" &&
  gradients.length > 0 &&
  (eventRank === 0 || (support === "simplex" && shape.at(-1) !== 1))

const opened = (x: Interval): Interval => ({ ...x, lowOpen: true, highOpen: true })
