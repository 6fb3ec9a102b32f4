import * as tf from "@tensorflow/tfjs"
import { type Interval, interval } from "../tensor/Interval.ts"
import type { Dist } from "./Dist.ts"
import { kindOf, rangeOf } from "./Support.ts"

/**
 * The range of the single numbers of a distribution's draws, up to draws of probability 0. It follows from the support, and from the distribution's
 * own bounds if these are plain numbers. The bounds of a density are open, because a single point has probability 0; the bounds of a support of
 * masses are closed.
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
  let bounds: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  // reading the parameters may also compute other ones
  tf.tidy(() => {
    const { low, high } = parameters()
    bounds = [typeof low === "number" ? low : bounds[0], typeof high === "number" ? high : bounds[1]]
  })
  return bounds
}

/**
 * Whether no draw has a number that lies on a bound. A distribution without any gradient may have masses on its bounds, as censored values do. In a
 * vector or a matrix single numbers may be fixed, as the only number of a simplex of length 1.
 */
const isOpen = ({ support, gradients, eventRank, shape }: Dist): boolean =>
  kindOf[support] === "density" &&
  gradients.length > 0 &&
  (eventRank === 0 || (support === "simplex" && shape.at(-1) !== 1))

const opened = (x: Interval): Interval => ({ ...x, lowOpen: true, highOpen: true })
