import * as tf from "@tensorflow/tfjs"

/** log(1 + z²), also where z² overflows. */
export const logOnePlusSquare = (z: tf.Tensor): tf.Tensor =>
  tf.softplus(tf.mul(2, tf.log(tf.maximum(tf.abs(z), 1e-18))))

/** tan(½πu) for 0 < u < 1, exact towards either end: the quantiles of the standard half-Cauchy distribution. */
export const quarterTangent = (u: tf.Tensor): tf.Tensor =>
  tf.div(tf.sin(tf.mul(Math.PI / 2, u)), tf.sin(tf.mul(Math.PI / 2, tf.sub(1, u))))
