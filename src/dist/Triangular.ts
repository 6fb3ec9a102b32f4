import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import { logShare } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { densityBetween, mustIncrease, within } from "./formula/bounds.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"
import { logOfPositive } from "./formula/logOfPositive.ts"

const constraints = { low: "real", high: "real", peak: "real" } as const

/**
 * A density that rises linearly from `low` to `peak` and falls linearly to `high`, log p(x) = log min((x − low)/(peak − low), (high − x)/(high −
 * peak)) + log 2 − log(high − low).
 *
 * The bounds move with the parameters, and there the score function has no finite variance: gradients go through the draw.
 *
 * @param low, high, peak with low < peak < high: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when numbers among them are not in that order
 * @example
 * ```ts
 * Triangular(0, 4, 1).logProb(tf.scalar(1)) // => Math.log(0.5)
 * Triangular(0, 4, 1).cdf(tf.scalar(1)) // => 0.25
 * ```
 */
export const Triangular = <const A extends Param, const B extends Param, const C extends Param>(
  low: A,
  high: B & Alike<A, B>,
  peak: C & Alike<A, C> & Alike<B, C>
): Dist<ShapeOf<A, B, C>, "interval", "reparameterized", "Triangular"> &
  Has<ShapeOf<A, B, C>, "entropy" | Tails | Quantiles | "mode"> => {
  const shape = shapeOfParameters("Triangular", constraints, { low, high, peak }) as ShapeOf<A, B, C>
  mustIncrease("Triangular", { low, peak, high })
  const width = (): tf.Tensor => tf.sub(high, low)
  const rise = (): tf.Tensor => tf.sub(peak, low)
  const fall = (): tf.Tensor => tf.sub(high, peak)
  /** low + the part below the peak + the part above it: for a point below the peak the second part is 0, for a point above it the first part is complete */
  const quantile = (u: tf.Tensor, above = tf.sub(1, u)): tf.Tensor => {
    const share = tf.div(rise(), width())
    const below = tf.sqrt(tf.mul(tf.mul(tf.minimum(u, share), width()), rise()))
    const rest = tf.sqrt(tf.mul(tf.mul(tf.minimum(above, tf.sub(1, share)), width()), fall()))
    return within(tf.add(tf.add(low, below), tf.sub(fall(), rest)), low, high)
  }
  /** the probability on one side of x: from the near part, and from the far part less the probability beyond x */
  const share = (near: tf.Tensor, side: tf.Tensor, beyond: tf.Tensor, other: tf.Tensor): tf.Tensor => {
    const rising = tf.div(tf.square(near), side)
    const falling = tf.div(tf.mul(beyond, tf.add(other, tf.sub(other, beyond))), other)
    return tf.div(tf.add(rising, falling), width())
  }
  const shareBelow = (x: tf.Tensor): tf.Tensor =>
    share(tf.sub(within(x, low, peak), low), rise(), tf.sub(within(x, peak, high), peak), fall())
  const shareAbove = (x: tf.Tensor): tf.Tensor =>
    share(tf.sub(high, within(x, peak, high)), fall(), tf.sub(peak, within(x, low, peak)), rise())
  /** log(near²/(side · width)) on the near side of the peak, where the square itself may underflow float32; `far` on the other side */
  const logTail = (near: tf.Tensor, side: tf.Tensor, far: tf.Tensor): tf.Tensor => {
    const square = tf.sub(tf.mul(2, logOfPositive(near)), tf.add(tf.log(side), tf.log(width())))
    const inside = splitAt(near, { low: 0 }, { below: Number.NEGATIVE_INFINITY, inside: square })
    return splitAt(tf.sub(near, side), { high: 0 }, { inside, above: far })
  }
  return fromFamily({
    family: "Triangular",
    shape,
    support: "interval",
    gradients: ["reparameterized"],
    constraints,
    parameters: () => ({ low, high, peak }),
    logDensity: (x) => {
      const height = tf.minimum(tf.div(tf.sub(x, low), rise()), tf.div(tf.sub(high, x), fall()))
      return densityBetween(tf.add(logOfPositive(height), tf.sub(Math.LN2, tf.log(width()))), x, low, high)
    },
    draw: (key, size) => quantile(uniform(key, size)),
    ...triangularStatistics(low, high, peak),
    cdf: shareBelow,
    logCdf: (x) => logTail(tf.sub(x, low), rise(), logShare(shareBelow(x), shareAbove(x))),
    logSurvival: (x) => logTail(tf.sub(high, x), fall(), logShare(shareAbove(x), shareBelow(x))),
    icdf: (u) => quantile(u),
    icdfOfLogs: (logU, logRest) => quantile(tf.exp(logU), tf.exp(logRest)),
    mode: () => peak
  })
}

export const triangularStatistics = (low: Value, high: Value, peak: Value): ExpectedStatistics => ({
  mean: () => tf.div(tf.add(tf.add(low, high), peak), 3),
  variance: () => {
    const [rise, fall] = [tf.sub(peak, low), tf.sub(high, peak)]
    return tf.div(tf.add(tf.add(tf.square(rise), tf.square(fall)), tf.mul(rise, fall)), 18)
  },
  entropy: () => tf.add(tf.log(tf.sub(high, low)), 0.5 - Math.LN2)
})
