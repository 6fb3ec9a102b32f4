import * as tf from "@tensorflow/tfjs"

/** A function that stands between two layers. */
export type Activation = "relu" | "tanh" | "sigmoid" | "softplus" | "elu" | "gelu" | "silu"

export const activations: { readonly [A in Activation]: (x: tf.Tensor) => tf.Tensor } = {
  relu: tf.relu,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  softplus: tf.softplus,
  elu: tf.elu,
  // x Φ(x) (Hendrycks and Gimpel 2016)
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))),
  silu: (x) => tf.mul(x, tf.sigmoid(x))
}
