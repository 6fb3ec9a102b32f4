import type * as tf from "@tensorflow/tfjs"

/** What an estimator is told of one latent site: nothing of the objective but the cost to go. */
export interface Estimand {
  readonly site: string
  /** log q(z), at the drawn value */
  readonly logQ: tf.Tensor
  /** everything in the loss that the drawn value influences, summed to the site's own plates */
  readonly cost: tf.Tensor
  readonly particles: number
  /** the running mean of the cost over earlier steps, which has nothing to do with this step's draws */
  readonly baseline: () => tf.Tensor
}

/**
 * A way to the gradient of E_q[cost]: the gradient of the loss plus its `surrogate` is an unbiased estimate (but for `straight-through`, whose bias is its price).
 * A `detached` site's draw is a constant for the gradient.
 */
export interface Estimator {
  readonly name: "reparameterized" | "score function" | "straight-through"
  readonly ability: "reparameterized" | "score" | "straightThrough"
  readonly detached: boolean
  readonly control: (particles: number) => "leave-one-out" | "running baseline" | undefined
  /** a term for each particle and plate position whose value means nothing and whose gradient is the estimate; none when the path suffices */
  readonly surrogate: (estimand: Estimand) => tf.Tensor | undefined
}
