import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * Two exponential tails back to back, log p(x) = −|x − loc|/scale − log(2·scale).
 *
 * @param loc, scale location and mean absolute deviation: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * Laplace(0, 2).logProb(tf.scalar(-3)) // => -1.5 - Math.log(4)
 * Laplace(0, 2).cdf(tf.scalar(0)) // => 0.5
 * ```
 */
export const Laplace = <const A extends Param, const B extends Param>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "real", "reparameterized" | "score", "Laplace"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  const standard = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, loc), scale)
  const quantile = (u: tf.Tensor): tf.Tensor => tf.add(loc, tf.mul(scale, tf.sub(below(u), below(tf.sub(1, u)))))
  return fromFamily({
    family: "Laplace",
    shape: shapeOfParameters("Laplace", constraints, { loc, scale }) as ShapeOf<A, B>,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale }),
    logDensity: (x) => tf.neg(tf.add(tf.abs(standard(x)), tf.add(tf.log(scale), Math.LN2))),
    draw: (key, size) => quantile(uniform(key, size)),
    ...laplaceStatistics(loc, scale),
    cdf: (x) => {
      const z = standard(x)
      const left = tf.mul(0.5, tf.sub(z, tf.abs(z)))
      const right = tf.mul(0.5, tf.add(z, tf.abs(z)))
      return tf.mul(0.5, tf.sub(tf.exp(left), tf.expm1(tf.neg(right))))
    },
    logCdf: (x) => logTail(tf.neg(standard(x))),
    logSurvival: (x) => logTail(standard(x)),
    icdf: quantile,
    icdfOfLogs: (logU, logRest) => {
      const [left, right] = [logU, logRest].map((log) => tf.minimum(tf.add(log, Math.LN2), 0)) as [tf.Tensor, tf.Tensor]
      return tf.add(loc, tf.mul(scale, tf.sub(left, right)))
    },
    mode: () => loc
  })
}

/** log P(Z > z): −z − log 2 above 0, log(1 − ½eᶻ) below. */
const logTail = (z: tf.Tensor): tf.Tensor => tf.sub(tf.log1p(tf.mul(-0.5, tf.exp(tf.minimum(z, 0)))), tf.maximum(z, 0))

/** One half of the standard quantile function, from log u: log 2u for u below ½, exact far into the tail, and 0 above ½. */
const below = (u: tf.Tensor): tf.Tensor => tf.log(tf.minimum(tf.mul(2, u), 1))

export const laplaceStatistics = (loc: Value, scale: Value): ExpectedStatistics => ({
  mean: () => loc,
  variance: () => tf.mul(2, tf.square(scale)),
  entropy: () => tf.add(tf.log(scale), 1 + Math.LN2)
})
