import * as tf from "@tensorflow/tfjs"

/** log(1/cosh x) = log 2 − x − log(1 + e⁻²ˣ), in the tails too: half the log derivative of tanh. */
export const logSech = (x: tf.Tensor): tf.Tensor => tf.sub(tf.sub(Math.LN2, x), tf.softplus(tf.mul(-2, x)))
