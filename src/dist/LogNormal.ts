import * as tf from "@tensorflow/tfjs"
import { normal } from "../tensor/random.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * The exponential of a normal variable, log p(x) = log N(log x; loc, scale) − log x for x > 0.
 *
 * @param loc, scale mean and standard deviation of log x: numbers, or tensors of the value's shape
 * @example
 * ```ts
 * LogNormal(0, 1).logProb(tf.scalar(1)) // => -0.918938533
 * ```
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 */
export const LogNormal = <const A extends Param, const B extends Param>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "positive", "reparameterized" | "score", "LogNormal"> &
  Has<ShapeOf<A, B>, "entropy" | "mode"> => {
  const square = (): tf.Tensor => tf.square(scale)
  return fromFamily({
    family: "LogNormal",
    shape: shapeOfParameters("LogNormal", constraints, { loc, scale }) as ShapeOf<A, B>,
    support: "positive",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale }),
    logDensity: (x) => {
      const log = tf.log(x)
      const standard = tf.div(tf.sub(log, loc), scale)
      return tf.sub(tf.mul(-0.5, tf.square(standard)), tf.add(tf.add(log, tf.log(scale)), 0.5 * Math.log(2 * Math.PI)))
    },
    draw: (key, size) => tf.exp(tf.add(loc, tf.mul(scale, normal(key, size)))),
    mean: () => tf.exp(tf.add(loc, tf.mul(0.5, square()))),
    variance: () => tf.mul(tf.expm1(square()), tf.exp(tf.add(tf.mul(2, loc), square()))),
    entropy: () => tf.add(tf.add(loc, tf.log(scale)), 0.5 * Math.log(2 * Math.PI * Math.E)),
    mode: () => tf.exp(tf.sub(loc, square()))
  })
}
