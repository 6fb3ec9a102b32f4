import * as tf from "@tensorflow/tfjs"
import { polynomial } from "../../tensor/special/polynomial.ts"

/**
 * log((1 − Φ(z))/φ(z)) for z ≥ 0, whose derivative is z less the hazard of the standard normal distribution. It is computed as log t + P(t) with t =
 * 1/(1 + z/2.8), to 1e-7. It is one formula for all z, so it is smooth.
 */
export const logMillsRatio = (z: tf.Tensor): tf.Tensor => {
  const t = tf.reciprocal(tf.add(1, tf.mul(z, 1 / 2.8)))
  return tf.add(tf.log(t), polynomial(t, coefficients))
}

/** Chebyshev interpolation in t, of degree 9. */
const coefficients = [
  -1.02961949, 1.00001789, 0.371722076, 0.0895415225, -0.18005437, 0.23788391, -1.07564964, 1.46354323, -0.826246701,
  0.174653013
]
