import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { logShare } from "../tensor/special/tails.ts"
import type { Alike, Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { between, mustIncrease, within } from "./formula/bounds.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"

type UniformOn<S extends Shape, P extends "interval" | "unitInterval"> = Dist<S, P, "reparameterized", "Uniform"> &
  Has<S, "entropy" | Tails | Quantiles | "mode">

const constraints = { low: "real", high: "real" } as const

/**
 * A constant density between two bounds, log p(x) = −log(high − low) for low ≤ x ≤ high. `Uniform(0, 1)`, with literal numbers, has the support
 * `unitInterval`. All others have the support `interval`; only the distribution knows its bounds.
 *
 * The bounds move with the parameters, and the score function misses that change of the support: gradients go through the draw.
 *
 * @param low, high the bounds: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the bounds differ in shape; SupportViolation when they are numbers and low is not below high
 * @example
 * ```ts
 * Uniform(-1, 3).logProb(tf.scalar(0)) // => -Math.log(4)
 * Uniform(-1, 3).cdf(tf.scalar(0)) // => 0.25
 * ```
 */
export function Uniform(low: 0, high: 1): UniformOn<readonly [], "unitInterval">
export function Uniform<const A extends Param, const B extends Param>(
  low: A,
  high: B & Alike<A, B>
): UniformOn<ShapeOf<A, B>, "interval">
export function Uniform(low: Param, high: Param): UniformOn<Shape, "unitInterval" | "interval"> {
  const shape = shapeOfParameters("Uniform", constraints, { low, high })
  mustIncrease("Uniform", { low, high })
  const width = (): tf.Tensor => tf.sub(high, low)
  const statistics = uniformStatistics(low, high)
  const quantile = (u: tf.Tensor): tf.Tensor => within(tf.add(low, tf.mul(width(), u)), low, high)
  const shareBelow = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(within(x, low, high), low), width())
  const shareAbove = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(high, within(x, low, high)), width())
  return fromFamily({
    family: "Uniform",
    shape,
    support: low === 0 && high === 1 ? "unitInterval" : "interval",
    gradients: ["reparameterized"],
    constraints,
    parameters: () => ({ low, high }),
    logDensity: (x) => tf.sub(between(x, low, high), tf.log(width())),
    draw: (key, size) => quantile(uniform(key, size)),
    ...statistics,
    cdf: shareBelow,
    logCdf: (x) => logShare(shareBelow(x), shareAbove(x)),
    logSurvival: (x) => logShare(shareAbove(x), shareBelow(x)),
    icdf: quantile,
    icdfOfLogs: (logU) => quantile(tf.exp(logU)),
    mode: statistics.mean
  })
}

export const uniformStatistics = (low: Value, high: Value): ExpectedStatistics => ({
  mean: () => tf.add(tf.mul(0.5, low), tf.mul(0.5, high)),
  variance: () => tf.div(tf.square(tf.sub(high, low)), 12),
  entropy: () => tf.log(tf.sub(high, low))
})
