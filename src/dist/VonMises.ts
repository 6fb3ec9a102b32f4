import * as tf from "@tensorflow/tfjs"
import { vonMises } from "../tensor/draws/vonMises.ts"
import { besselRest, logI0Rest } from "../tensor/special/bessel.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { withPeriodicGradient } from "../tensor/special/withGradient.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"

const constraints = { loc: "real", concentration: "positive" } as const

/**
 * The von Mises distribution of an angle, log p(x) = concentration·cos(x − loc) − log I₀(concentration) − log 2π for x in [−π, π]: close to a normal
 * distribution of variance 1/concentration when that is small.
 *
 * `mean` and `variance` are those of directions: the angle `loc`, and 1 − |E[exp(ix)]| = 1 − I₁/I₀, which is 0 for a point and 1 for the uniform
 * distribution. Gradients through its draws use implicit reparameterization, in which a draw rotates with `loc`. They are right for functions that
 * have the same value at −π and π, as functions of an angle should. For other functions ask for the `score` estimator.
 *
 * @param loc the direction, an angle in radians; concentration above 0: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the concentration is a number not above 0
 * @example
 * ```ts
 * VonMises(1, 2).logProb(tf.scalar(1)) // => 2 - 0.823993531 - Math.log(2 * Math.PI)
 * VonMises(2.5, 2).mean() // => 2.5
 * ```
 */
export const VonMises = <const A extends Param, const B extends Param>(
  loc: A,
  concentration: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "circle", "implicit" | "score", "VonMises"> & Has<ShapeOf<A, B>, "entropy" | "mode"> => {
  const rest = (): tf.Tensor => logI0Rest(concentration)
  return fromFamily({
    family: "VonMises",
    shape: shapeOfParameters("VonMises", constraints, { loc, concentration }) as ShapeOf<A, B>,
    support: "circle",
    gradients: ["implicit", "score"],
    period: 2 * Math.PI,
    constraints,
    parameters: () => ({ loc, concentration }),
    logDensity: (x) => {
      const fall = tf.mul(concentration, oneMinusCos(tf.sub(x, loc)))
      return densityInside(tf.sub(tf.sub(rest(), fall), Math.log(2 * Math.PI)), x, -pi, pi)
    },
    remark: "gradients through its draws are right for functions that are 2π-periodic in the angle",
    draw: (key, size) => {
      const angle = tf.add(loc, vonMises(key, concentration, size))
      return withPeriodicGradient(wrapped(angle), angle)
    },
    mean: () => wrapped(tf.add(loc, 0)),
    variance: () => besselRest(concentration),
    entropy: () => {
      const curved = tf.mul(concentration, besselRest(concentration))
      return tf.add(Math.log(2 * Math.PI), tf.sub(curved, rest()))
    },
    mode: () => wrapped(tf.add(loc, 0))
  })
}

/** 1 − cos x = 2 sin² ½x, exact for small x. */
export const oneMinusCos = (x: tf.Tensor): tf.Tensor => tf.mul(2, tf.square(tf.sin(tf.mul(0.5, x))))

/** π in float32. */
const pi = Math.fround(Math.PI)

/** The same angle in [−π, π]. */
const wrapped = (x: tf.Tensor): tf.Tensor => {
  const periods = tf.floor(tf.div(tf.add(x, Math.PI), 2 * Math.PI))
  return tf.clipByValue(tf.sub(x, tf.mul(periods, 2 * Math.PI)), -pi, pi)
}
