import * as tf from "@tensorflow/tfjs"

type Value = tf.Tensor | number

/** log a − log b, 0 where they are the same. */
export const logRatio = (a: Value, b: Value): tf.Tensor => tf.sub(tf.log(a), tf.log(b))

/** r − 1 − log r from log r: what a ratio of scales or rates costs, 0 at r = 1. */
export const cost = (log: tf.Tensor): tf.Tensor => tf.sub(tf.expm1(log), log)
