import * as tf from "@tensorflow/tfjs"
import { gumbelNoise } from "../tensor/draws/categorical.ts"
import { uniform } from "../tensor/random.ts"
import { lgamma } from "../tensor/special/gamma.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logQuotient } from "../tensor/special/logQuotient.ts"
import { logNegLog } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { euler } from "./formula/euler.ts"
import { squaresGap } from "./formula/gammaDifferences.ts"
import { insidePositive, least } from "./formula/inside.ts"
import { logRise, minusExp } from "./formula/logRise.ts"

const constraints = { scale: "positive", concentration: "positive" } as const

/**
 * A lifetime whose failure rate is proportional to a power of the age (Weibull 1951), log p(x) = log(k/λ) + (k − 1) log(x/λ) − (x/λ)ᵏ for x > 0, with
 * λ the scale and k the concentration.
 *
 * @param scale above 0, exceeded with probability 1/e: number, or a tensor of the value's shape
 * @param concentration above 0; at 1 this is the exponential distribution of rate 1/scale: number, or a tensor of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when one of them is a number not above 0
 * @example
 * ```ts
 * Weibull(2, 3).cdf(tf.scalar(2)) // => 1 - Math.exp(-1)
 * Weibull(2, 1).mean() // => 2
 * ```
 */
export const Weibull = <const A extends Param, const B extends Param>(
  scale: A,
  concentration: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "positive", "reparameterized" | "score", "Weibull"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  const log = (x: tf.Tensor): tf.Tensor => logQuotient(tf.maximum(x, least), scale)
  /** log E[(x/scale)ⁿ] */
  const logMoment = (n: number): tf.Tensor => lgamma(tf.add(1, tf.div(n, concentration)))
  /** from logarithms of exponential noise */
  const fromLog = (log: tf.Tensor): tf.Tensor => tf.mul(scale, tf.exp(tf.div(log, concentration)))
  return fromFamily({
    family: "Weibull",
    shape: shapeOfParameters("Weibull", constraints, { scale, concentration }) as ShapeOf<A, B>,
    support: "positive",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ scale, concentration }),
    logDensity: (x) => {
      const y = log(x)
      const power = tf.sub(tf.mul(tf.sub(concentration, 1), y), tf.exp(tf.mul(concentration, y)))
      const density = tf.add(power, tf.sub(tf.log(concentration), tf.log(scale)))
      return densityInside(density, x, 0, Number.POSITIVE_INFINITY, { inclusive: false, finite: true })
    },
    draw: (key, size) => insidePositive(fromLog(tf.neg(gumbelNoise(uniform(key, size))))),
    mean: () => tf.mul(scale, tf.exp(logMoment(1))),
    variance: () => {
      const mean = tf.mul(scale, tf.exp(logMoment(1)))
      return tf.mul(tf.square(mean), tf.expm1(squaresGap(tf.div(1, concentration))))
    },
    entropy: () => {
      const ratio = tf.sub(tf.log(scale), tf.log(concentration))
      return tf.add(tf.mul(euler, tf.sub(1, tf.div(1, concentration))), tf.add(ratio, 1))
    },
    cdf: (x) => tf.neg(tf.expm1(tf.neg(tf.exp(tf.mul(concentration, log(x)))))),
    logCdf: (x) => logRise(tf.mul(concentration, log(x))),
    logSurvival: (x) => minusExp(tf.mul(concentration, log(x))),
    icdfOfLogs: (logU, logRest) => fromLog(logNegLog(logRest, logU)),
    icdf: (u) => fromLog(tf.log(tf.neg(tf.log1p(tf.neg(u))))),
    mode: () => tf.mul(scale, tf.pow(tf.relu(tf.sub(1, tf.div(1, concentration))), tf.div(1, concentration)))
  })
}
