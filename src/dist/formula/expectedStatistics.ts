import type * as tf from "@tensorflow/tfjs"

/** A parameter, or what is computed of some. */
export type Value = tf.Tensor | number

/**
 * What is expected of a law's own log density and of x and its square: each family that has these writes them once, for itself and for the KL
 * table, where they give E_q[log p(x)] of laws p whose log density is a function of x and x².
 */
export interface ExpectedStatistics {
  readonly mean: () => Value
  readonly variance: () => Value
  readonly entropy: () => Value
}
