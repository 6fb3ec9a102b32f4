import * as tf from "@tensorflow/tfjs"
import { lbeta } from "../../tensor/special/beta.ts"

/**
 * log(a (a + 1) … (a + x − 1)/x!) = log Γ(a + x) − log Γ(a) − log x! for a > 0 and x ≥ 0: the generalised binomial coefficient of
 * the negative binomial, beta-binomial and Dirichlet-multinomial laws. From log B(a, x + 1), so that large logarithms are not subtracted.
 */
export const logRising = (a: tf.Tensor | number, x: tf.Tensor | number): tf.Tensor => {
  const count = tf.maximum(x, 0)
  return tf.neg(tf.add(lbeta(a, tf.add(count, 1)), tf.log(tf.add(a, count))))
}
