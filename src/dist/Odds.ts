import * as tf from "@tensorflow/tfjs"
import { betainc } from "../tensor/special/betainc.ts"
import { logaddexp, logit } from "../tensor/special/logs.ts"
import type { Param } from "../tensor/Tensor.ts"

/** A probability, as log odds or as itself. */
export type Odds<A extends Param = Param> =
  | { readonly logits: A; readonly probs?: undefined }
  | { readonly probs: A; readonly logits?: undefined }

export const oddsConstraints = { logits: "real", probs: "probability" } as const

/** log(p/(1 − p)) */
export const logOddsOf = ({ logits, probs }: Odds): tf.Tensor | number => logits ?? logit(probs)

/** log p from the log odds of p, exact at both ends. */
export const logYes = (logits: tf.Tensor | number): tf.Tensor => tf.neg(logaddexp(0, tf.neg(logits)))

/** log(1 − p) from the log odds of p. */
export const logNo = (logits: tf.Tensor | number): tf.Tensor => tf.neg(logaddexp(0, logits))

/**
 * I₁₋ₚ(a, b), the probability of fewer than b successes before a failures, from the log odds of p: where p is so small that float32 rounds
 * 1 − p, as 1 − Iₚ(b, a) unless that is small itself.
 */
export const fewerSuccesses = (a: tf.Tensor | number, b: tf.Tensor | number, logits: tf.Tensor | number): tf.Tensor => {
  const [p, q] = [tf.sigmoid(logits), tf.sigmoid(tf.neg(logits))]
  const direct = betainc(a, b, q)
  return tf.where(tf.logicalAnd(tf.less(p, 0.01), tf.greater(direct, 0.01)), tf.sub(1, betainc(b, a, p)), direct)
}
