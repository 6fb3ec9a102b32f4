import * as tf from "@tensorflow/tfjs"
import { type Key, uniform } from "../random.ts"
import type { Shape } from "../Tensor.ts"

/**
 * Labels 0 … n − 1 with probabilities softmax(logits), as float32 numbers: the index of the largest of logits + Gumbel noise (Gumbel 1954; Yellott
 * 1977). A label jumps when its logits change.
 *
 * @param logits unnormalised log probabilities, `[…, n]`, which broadcast to `[...shape, n]`
 * @param shape the shape of the draw
 */
export const categorical = (key: Key, logits: tf.Tensor, shape: Shape): tf.Tensor => {
  const noise = gumbelNoise(uniform(key, [...shape, logits.shape.at(-1) ?? 1]))
  return tf.cast(tf.argMax(tf.add(logits, noise), -1), "float32")
}

/** The quantiles −log(−log u) of the standard Gumbel distribution, exp(−e⁻ˣ). */
export const gumbelNoise = (u: tf.Tensor): tf.Tensor => tf.neg(tf.log(tf.neg(tf.log(u))))
