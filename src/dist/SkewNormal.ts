import * as tf from "@tensorflow/tfjs"
import { normal } from "../tensor/random.ts"
import { logNdtr } from "../tensor/special/normal.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily } from "./Dist.ts"

const constraints = { loc: "real", scale: "positive", skewness: "real" } as const

/**
 * The skew normal distribution (Azzalini 1985), with z = (x − loc)/scale: log p(x) = −½z² + log Φ(skewness·z) + ½ log(2/π) − log scale. At skewness 0
 * it is Normal(loc, scale), at ±∞ a half normal.
 *
 * @param loc, scale of the normal variable that is skewed (not mean and deviation): numbers, or tensors of the value's shape
 * @param skewness α in Azzalini's paper; above 0 the right tail is the longer one
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * SkewNormal(0, 1, 3).logProb(tf.scalar(0)) // => -0.918938533
 * SkewNormal(1, 2, 0).mean() // => 1
 * ```
 */
export const SkewNormal = <const A extends Param, const B extends Param, const C extends Param>(
  loc: A,
  scale: B & Alike<A, B>,
  skewness: C & Alike<A, C> & Alike<B, C>
): Dist<ShapeOf<A, B, C>, "real", "reparameterized" | "score", "SkewNormal"> => {
  /** √(1 − δ²) and δ, the weights of the symmetric and of the one-sided variable */
  const symmetric = (): tf.Tensor => tf.rsqrt(tf.add(1, tf.square(skewness)))
  const delta = (): tf.Tensor => tf.mul(skewness, symmetric())
  return fromFamily({
    family: "SkewNormal",
    shape: shapeOfParameters("SkewNormal", constraints, { loc, scale, skewness }) as ShapeOf<A, B, C>,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale, skewness }),
    logDensity: (x) => {
      const z = tf.div(tf.sub(x, loc), scale)
      const constant = tf.sub(0.5 * Math.log(2 / Math.PI), tf.log(scale))
      return tf.add(tf.sub(logNdtr(tf.mul(skewness, z)), tf.mul(0.5, tf.square(z))), constant)
    },
    draw: (key, size) => {
      const [one = tf.scalar(0), other = tf.scalar(0)] = tf.unstack(normal(key, [...size, 2]), -1)
      return tf.add(loc, tf.mul(scale, tf.add(tf.mul(delta(), tf.abs(one)), tf.mul(symmetric(), other))))
    },
    mean: () => tf.add(loc, tf.mul(tf.mul(scale, delta()), Math.sqrt(2 / Math.PI))),
    variance: () => tf.mul(tf.square(scale), tf.sub(1, tf.mul(2 / Math.PI, tf.square(delta()))))
  })
}
