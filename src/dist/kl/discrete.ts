import * as tf from "@tensorflow/tfjs"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** KL = π(λ_q − λₚ) − log(1 + e^λ_q) + log(1 + e^λₚ), with λ the logits and π = sigmoid(λ_q). */
const bernoulliBernoulli: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "logits"), get(p, "logits")]
  return tf.add(tf.mul(tf.sigmoid(a), tf.sub(a, b)), tf.sub(tf.softplus(b), tf.softplus(a)))
}

export const discrete = { "Bernoulli‖Bernoulli": bernoulliBernoulli } as const satisfies ClosedForms
