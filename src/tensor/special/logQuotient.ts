import * as tf from "@tensorflow/tfjs"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/** log(a/b) for a, b > 0, exact for a close to b, because it uses their exact difference, and for a/b outside of the range of float32. */
export const logQuotient = (a: tf.Tensor | number, b: tf.Tensor | number): tf.Tensor => runSpecial(LogQuotient, [a, b])

export const LogQuotient: Special = {
  kernel: "LogQuotient",
  inputs: ["a", "b"],
  forward: (inputs) => {
    const [a, b] = inputs as [tf.Tensor, tf.Tensor]
    const quotient = tf.div(a, b)
    const within = (low: number, high: number): tf.Tensor =>
      tf.logicalAnd(tf.greater(quotient, low), tf.less(quotient, high))
    const far = tf.where(within(1e-36, 1e36), tf.log(quotient), tf.sub(tf.log(a), tf.log(b)))
    return tf.where(within(0.5, 2), tf.log1p(tf.div(tf.sub(a, b), b)), far)
  },
  gradient: byPartials(([a, b]) => [() => tf.reciprocal(a as tf.Tensor), () => tf.neg(tf.reciprocal(b as tf.Tensor))])
}
