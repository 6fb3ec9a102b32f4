import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { logit } from "../tensor/special/logs.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"
import { logNo, logYes } from "./Odds.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * The distribution whose cdf is the logistic function of z = (x − loc)/scale, log p(x) = −log(1 + eᶻ) − log(1 + e⁻ᶻ) − log scale.
 *
 * @param loc, scale mean, and 0.55 standard deviations: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * Logistic(1, 2).logProb(tf.scalar(1)) // => -Math.log(8)
 * Logistic(1, 2).icdf(tf.scalar(0.75)) // => 1 + 2 * Math.log(3)
 * ```
 */
export const Logistic = <const A extends Param, const B extends Param>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "real", "reparameterized" | "score", "Logistic"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  const standard = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, loc), scale)
  const quantile = (u: tf.Tensor): tf.Tensor => tf.add(loc, tf.mul(scale, logit(u)))
  return fromFamily({
    family: "Logistic",
    shape: shapeOfParameters("Logistic", constraints, { loc, scale }) as ShapeOf<A, B>,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale }),
    logDensity: (x) => {
      const z = standard(x)
      return tf.neg(tf.add(tf.add(tf.softplus(z), tf.softplus(tf.neg(z))), tf.log(scale)))
    },
    draw: (key, size) => quantile(uniform(key, size)),
    ...logisticStatistics(loc, scale),
    cdf: (x) => tf.sigmoid(standard(x)),
    logCdf: (x) => logYes(standard(x)),
    logSurvival: (x) => logNo(standard(x)),
    icdf: quantile,
    icdfOfLogs: (logU, logRest) => tf.add(loc, tf.mul(scale, tf.sub(logU, logRest))),
    mode: () => loc
  })
}

export const logisticStatistics = (loc: Value, scale: Value): ExpectedStatistics => ({
  mean: () => loc,
  variance: () => tf.mul(Math.PI ** 2 / 3, tf.square(scale)),
  entropy: () => tf.add(tf.log(scale), 2)
})
