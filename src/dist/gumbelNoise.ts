import * as tf from "@tensorflow/tfjs"

/** The quantiles −log(−log u) of the standard Gumbel distribution. */
export const gumbelNoise = (u: tf.Tensor): tf.Tensor => tf.neg(tf.log(tf.neg(tf.log(u))))

/** Its mean, Euler's constant γ. */
export const euler = 0.5772156649015329
