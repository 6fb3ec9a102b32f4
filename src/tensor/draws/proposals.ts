import * as tf from "@tensorflow/tfjs"

/** `count` of the numbers along the last axis, beginning with number `from`. */
export const columns = (x: tf.Tensor, from: number, count: number): tf.Tensor => {
  const outer = x.shape.slice(0, -1)
  return tf.slice(x, [...outer.map(() => 0), from], [...outer, count])
}

/** One of the numbers along the last axis. */
export const columnAt = (x: tf.Tensor, place: number): tf.Tensor =>
  tf.reshape(columns(x, place, 1), x.shape.slice(0, -1))

/**
 * Rejection with a fixed number of proposals, all made together along the last axis. The result is the first accepted proposal, or 0 if there is
 * none. Every proposal must be finite, also those that are rejected.
 */
export const firstAccepted = (accepted: tf.Tensor, proposals: tf.Tensor): tf.Tensor => {
  const count = proposals.shape.at(-1) ?? 0
  const ranks = tf.tensor1d(Float32Array.from({ length: count }, (_, k) => count - k))
  const order = tf.mul(tf.cast(accepted, "float32"), ranks)
  const isFirst = tf.equal(order, tf.maximum(tf.max(order, -1, true), 1))
  return tf.sum(tf.mul(tf.cast(isFirst, "float32"), proposals), -1)
}
