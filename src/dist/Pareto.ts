import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { logQuotient } from "../tensor/special/logQuotient.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { densityFrom } from "./formula/bounds.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"
import { insidePositive, least } from "./formula/inside.ts"
import { logRiseFrom0 } from "./formula/logRise.ts"

const constraints = { scale: "positive", concentration: "positive" } as const

/**
 * A power law from `scale` on, log p(x) = log(α/scale) − (α + 1) log(x/scale) for x ≥ scale, with α the concentration. It has a mean for α > 1 and a
 * variance for α > 2; otherwise they are infinite.
 *
 * The lower bound moves with the scale, and the score function misses that change of the support: gradients go through the draw.
 *
 * @param scale the least value, above 0: number, or a tensor of the value's shape
 * @param concentration the exponent of the tail, above 0: number, or a tensor of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when one of them is a number not above 0
 * @example
 * ```ts
 * Pareto(1, 3).mean() // => 1.5
 * Pareto(1, 3).cdf(tf.scalar(2)) // => 0.875
 * ```
 */
export const Pareto = <const A extends Param, const B extends Param>(
  scale: A,
  concentration: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "interval", "reparameterized", "Pareto"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  /** log(x/scale), and 0 below the scale */
  const log = (x: tf.Tensor): tf.Tensor => tf.maximum(logQuotient(tf.maximum(x, least), scale), 0)
  /** from exponential noise */
  const fromExponential = (e: tf.Tensor): tf.Tensor =>
    tf.maximum(tf.mul(scale, tf.exp(tf.div(e, concentration))), scale)
  return fromFamily({
    family: "Pareto",
    shape: shapeOfParameters("Pareto", constraints, { scale, concentration }) as ShapeOf<A, B>,
    support: "interval",
    gradients: ["reparameterized"],
    constraints,
    parameters: () => ({ scale, concentration }),
    logDensity: (x) => {
      const power = tf.mul(tf.add(concentration, 1), log(x))
      return densityFrom(tf.sub(tf.sub(tf.log(concentration), tf.log(scale)), power), x, scale)
    },
    draw: (key, size) => insidePositive(fromExponential(tf.neg(tf.log(uniform(key, size))))),
    ...paretoStatistics(scale, concentration),
    cdf: (x) => tf.neg(tf.expm1(tf.neg(tf.mul(concentration, log(x))))),
    logCdf: (x) => logRiseFrom0(tf.mul(concentration, log(x))),
    logSurvival: (x) => tf.neg(tf.mul(concentration, log(x))),
    icdfOfLogs: (_, logRest) => fromExponential(tf.neg(logRest)),
    icdf: (u) => fromExponential(tf.neg(tf.log1p(tf.neg(u)))),
    mode: () => scale
  })
}

export const paretoStatistics = (scale: Value, concentration: Value): ExpectedStatistics => {
  /** concentration − n, or 0, which makes a moment infinite */
  const beyond = (n: number): tf.Tensor => tf.relu(tf.sub(concentration, n))
  return {
    mean: () => tf.div(tf.mul(concentration, scale), beyond(1)),
    variance: () => {
      const spread = tf.div(concentration, tf.mul(tf.square(beyond(1)), beyond(2)))
      return tf.mul(tf.square(scale), spread)
    },
    entropy: () => tf.add(tf.sub(tf.log(scale), tf.log(concentration)), tf.add(1, tf.div(1, concentration)))
  }
}
