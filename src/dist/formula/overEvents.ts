import * as tf from "@tensorflow/tfjs"

/** Sums a quantity of each number of a value over the dimensions of an event of the given rank. */
export const overEvents = (x: tf.Tensor, eventRank: 0 | 1 | 2): tf.Tensor =>
  eventRank === 0 ? x : tf.sum(x, eventRank === 1 ? [-1] : [-2, -1])
