import * as tf from "@tensorflow/tfjs"
import { gumbelNoise } from "../tensor/draws/categorical.ts"
import { uniform } from "../tensor/random.ts"
import { logNegLog } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { euler } from "./formula/euler.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"
import { logRise, minusExp } from "./formula/logRise.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * The limit distribution of the largest of many numbers (Gumbel 1954), log p(x) = −z − e⁻ᶻ − log scale with z = (x − loc)/scale.
 *
 * @param loc, scale the mode, and 0.78 standard deviations: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * Gumbel(1, 2).cdf(tf.scalar(1)) // => Math.exp(-1)
 * Gumbel(0, 1).mean() // => 0.577215665
 * ```
 */
export const Gumbel = <const A extends Param, const B extends Param>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "real", "reparameterized" | "score", "Gumbel"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  const standard = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, loc), scale)
  const quantile = (u: tf.Tensor): tf.Tensor => tf.add(loc, tf.mul(scale, gumbelNoise(u)))
  return fromFamily({
    family: "Gumbel",
    shape: shapeOfParameters("Gumbel", constraints, { loc, scale }) as ShapeOf<A, B>,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale }),
    logDensity: (x) => {
      // at −∞ the sum of z and e⁻ᶻ would be NaN
      const z = tf.maximum(standard(x), -3e38)
      return tf.neg(tf.add(tf.add(z, tf.exp(tf.neg(z))), tf.log(scale)))
    },
    draw: (key, size) => quantile(uniform(key, size)),
    ...gumbelStatistics(loc, scale),
    // e^85 is finite, and e to minus that is 0
    cdf: (x) => tf.exp(tf.neg(tf.exp(tf.minimum(tf.neg(standard(x)), 85)))),
    logCdf: (x) => minusExp(tf.neg(standard(x))),
    logSurvival: (x) => logRise(tf.neg(standard(x))),
    icdf: quantile,
    icdfOfLogs: (logU, logRest) => tf.sub(loc, tf.mul(scale, logNegLog(logU, logRest))),
    mode: () => loc
  })
}

export const gumbelStatistics = (loc: Value, scale: Value): ExpectedStatistics => ({
  mean: () => tf.add(loc, tf.mul(euler, scale)),
  variance: () => tf.mul(Math.PI ** 2 / 6, tf.square(scale)),
  entropy: () => tf.add(tf.log(scale), 1 + euler)
})
