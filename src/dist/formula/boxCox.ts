import * as tf from "@tensorflow/tfjs"

type Value = tf.Tensor | number

/** For arguments smaller than this, an even smooth function is taken to be its value at 0. The error is at most 2e-8. */
const small = 3e-4

/** (e^(cx) − 1)/c, and x at c = 0. The function and its derivatives are smooth at c = 0 (Box and Cox 1964). */
export const boxCoxExp = (x: Value, c: Value): tf.Tensor => {
  // x·e^(y/2)·sinh(y/2)/(y/2) with y = cx
  const half = tf.mul(0.5, tf.mul(c, x))
  const size = tf.maximum(tf.abs(half), small)
  const even = tf.div(tf.neg(tf.expm1(tf.mul(-2, size))), tf.mul(2, size))
  return tf.mul(tf.mul(x, tf.exp(tf.add(half, size))), even)
}

/** Its inverse, log(1 + cx)/c for cx > −1, and x at c = 0. */
export const boxCoxLog = (x: Value, c: Value): tf.Tensor => {
  // x·2/(2 + y)·artanh(s)/s with y = cx and s = y/(2 + y); artanh(s)/s is even, and y ↦ −y/(1 + y) changes s to −s
  const y = tf.maximum(tf.mul(c, x), leastAboveMinusOne)
  const size = tf.maximum(tf.maximum(y, tf.neg(tf.div(y, tf.add(1, y)))), small)
  const even = tf.mul(tf.log1p(size), tf.add(0.5, tf.div(1, size)))
  return tf.mul(tf.mul(x, tf.div(2, tf.add(2, y))), even)
}

const leastAboveMinusOne = -1 + 2 ** -24
