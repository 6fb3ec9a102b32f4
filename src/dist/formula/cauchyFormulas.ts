import * as tf from "@tensorflow/tfjs"

/** log(1 + z²), also if z² overflows float32. */
export const logOnePlusSquare = (z: tf.Tensor): tf.Tensor =>
  tf.add(
    tf.log1p(tf.square(tf.clipByValue(z, -far, far))),
    tf.mul(2, tf.log(tf.maximum(tf.mul(tf.abs(z), 1 / far), 1)))
  )

const far = 1e9

/** tan(½πu) from log u and log(1 − u). */
export const quarterTangentOf = (logU: tf.Tensor, logRest: tf.Tensor): tf.Tensor =>
  tf.div(tf.sin(tf.mul(Math.PI / 2, tf.exp(logU))), tf.sin(tf.mul(Math.PI / 2, tf.exp(logRest))))

/** tan(½πu) for 0 < u < 1, exact for u near 0 and near 1: the quantiles of the standard half-Cauchy distribution. */
export const quarterTangent = (u: tf.Tensor): tf.Tensor =>
  tf.div(tf.sin(tf.mul(Math.PI / 2, u)), tf.sin(tf.mul(Math.PI / 2, tf.sub(1, u))))
