import * as tf from "@tensorflow/tfjs"
import { runSpecial, type Special } from "./Special.ts"

/**
 * log Σ exp(x) over the given axes, or over all. If all x are −∞, it is −∞ with gradient 0.
 *
 * @example
 * ```ts
 * logSumExp(tf.tensor([20, 20])) // => 20.6931472
 * ```
 */
export const logSumExp = (x: tf.Tensor, axis?: number | ReadonlyArray<number>, keepDims = false): tf.Tensor =>
  runSpecial(LogSumExp, [x], { axis: axesOf(axis, x.rank), keepDims })

const axesOf = (axis: number | ReadonlyArray<number> | undefined, rank: number): ReadonlyArray<number> => {
  const given = axis === undefined ? Array.from({ length: rank }, (_, i) => i) : [axis].flat()
  return given.map((i) => (i < 0 ? i + rank : i)).sort((a, b) => a - b)
}

const most = 3e38

export const LogSumExp: Special = {
  kernel: "LogSumExp",
  inputs: ["x"],
  reduces: true,
  forward: ([given], { axis, keepDims }) => {
    const [x, axes] = [given as tf.Tensor, axis as Array<number>]
    const top = tf.clipByValue(tf.max(x, axes, true), -most, most)
    const total = tf.log(tf.sum(tf.exp(tf.sub(x, top)), axes, keepDims === true))
    return tf.add(total, tf.reshape(top, total.shape))
  },
  // shares of their own sum: exp(x − y) would have the rounding error of y, which is 1e-4 where y is −1500
  gradient: (dy, [given], _, { axis }) => [
    () => {
      const [x, axes] = [given as tf.Tensor, axis as Array<number>]
      const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n))
      const parts = tf.exp(tf.sub(x, tf.clipByValue(tf.max(x, axes, true), -most, most)))
      const whole = tf.maximum(tf.sum(parts, axes, true), 1)
      return tf.mul(tf.div(parts, whole), tf.reshape(dy, kept))
    }
  ]
}
