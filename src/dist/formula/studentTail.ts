import * as tf from "@tensorflow/tfjs"
import { logCurve } from "../../tensor/special/quadrature.ts"
import { splitAt } from "../../tensor/special/splitAt.ts"

type Value = tf.Tensor | number

/**
 * ½(ν + n) log(1 + s/ν), the exponent of a t density of n numbers, from the square s ≥ 0 of the distance and the logarithm itself. For s < ν the
 * part ν log(1 + s/ν) is computed as s − s²/ν·c(s/ν): its derivative by ν is about ½ s²/ν², and as the difference of log(1 + s/ν) and s/ν it would
 * have no digits left for large ν.
 */
export const studentTail = (df: Value, n: number, square: tf.Tensor, log: tf.Tensor): tf.Tensor => {
  if (typeof df === "number") return tf.mul((df + n) / 2, log)
  const s = tf.minimum(square, df)
  const ratio = tf.div(s, df)
  const near = tf.sub(s, tf.mul(tf.mul(s, ratio), logCurve(ratio)))
  const grown = splitAt(tf.div(square, df), { high: 1 }, { inside: near, above: tf.mul(df, log) })
  return tf.mul(0.5, tf.add(tf.mul(n, log), grown))
}
