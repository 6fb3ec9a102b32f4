import * as tf from "@tensorflow/tfjs"

/** The place of the largest of n numbers along the last dimension, as a vector of zeros with a single 1. */
export const largest = (x: tf.Tensor, n: number): tf.Tensor => tf.cast(tf.oneHot(tf.argMax(x, -1), n), "float32")
