import type * as tf from "@tensorflow/tfjs"

/** A parameter, or a number computed from parameters. */
export type Value = tf.Tensor | number

/**
 * The expectations of a distribution's own log density, of x and of x². Each family that has them writes them once, for itself and for the KL table.
 * There they give E_q[log p(x)] for each p whose log density is a function of x and x².
 */
export interface ExpectedStatistics {
  readonly mean: () => Value
  readonly variance: () => Value
  readonly entropy: () => Value
}
