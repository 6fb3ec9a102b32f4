import * as tf from "@tensorflow/tfjs"

/** What belongs to the numbers of a value, summed to what belongs to its events of the given rank. */
export const overEvents = (x: tf.Tensor, eventRank: 0 | 1 | 2): tf.Tensor =>
  eventRank === 0 ? x : tf.sum(x, eventRank === 1 ? [-1] : [-2, -1])
