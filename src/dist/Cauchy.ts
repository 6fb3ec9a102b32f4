import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { logShare } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { logOnePlusSquare, quarterTangent, quarterTangentOf } from "./formula/cauchyFormulas.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * The quotient of two normal variables, log p(x) = −log(1 + z²) − log(π·scale) with z = (x − loc)/scale. Its tails are so heavy that it has
 * no mean and no variance.
 *
 * @param loc, scale median and half the distance between the quartiles: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * Cauchy(0, 2).logProb(tf.scalar(2)) // => -Math.log(4 * Math.PI)
 * Cauchy(0, 2).cdf(tf.scalar(2)) // => 0.75
 * ```
 */
export const Cauchy = <const A extends Param, const B extends Param>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "real", "reparameterized" | "score", "Cauchy"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  const standard = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, loc), scale)
  const quantile = (u: tf.Tensor): tf.Tensor => tf.add(loc, tf.mul(scale, fullTangent(u)))
  return fromFamily({
    family: "Cauchy",
    shape: shapeOfParameters("Cauchy", constraints, { loc, scale }) as ShapeOf<A, B>,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale }),
    logDensity: (x) => tf.neg(tf.add(logOnePlusSquare(standard(x)), tf.add(tf.log(scale), Math.log(Math.PI)))),
    draw: (key, size) => quantile(uniform(key, size)),
    mean: () => Number.NaN,
    variance: () => Number.NaN,
    entropy: () => tf.add(tf.log(scale), Math.log(4 * Math.PI)),
    cdf: (x) => rightOf(tf.neg(standard(x))),
    logCdf: (x) => logShare(rightOf(tf.neg(standard(x))), rightOf(standard(x))),
    logSurvival: (x) => logShare(rightOf(standard(x)), rightOf(tf.neg(standard(x)))),
    icdf: quantile,
    icdfOfLogs: (logU, logRest) => {
      const [t, inverse] = [quarterTangentOf(logU, logRest), quarterTangentOf(logRest, logU)]
      return tf.add(loc, tf.mul(scale, tf.mul(0.5, tf.sub(t, inverse))))
    },
    mode: () => loc
  })
}

/** P(Z > z): 1/π of the angle whose cotangent is z. The angle is ½π − arctan z, computed without that difference, which would lose the digits of the tail. */
const rightOf = (z: tf.Tensor): tf.Tensor => tf.mul(1 / Math.PI, tf.atan2(tf.onesLike(z), z))

/** tan(π(u − ½)) = ½(t − 1/t) with t = tan(½πu). */
const fullTangent = (u: tf.Tensor): tf.Tensor => {
  const t = quarterTangent(u)
  return tf.mul(0.5, tf.sub(t, tf.reciprocal(t)))
}
