import * as tf from "@tensorflow/tfjs"
import { polynomial } from "../../tensor/special/polynomial.ts"

type Value = tf.Tensor | number

/** log(sinh w/w) with w = ½|λ|: −log p(½) of the continuous Bernoulli distribution of logits λ. */
export const logSinhRatio = (logits: Value): tf.Tensor =>
  even(logits, [0, 1 / 6, -1 / 180, 1 / 2835, -1 / 37800, 1 / 467775], (w) =>
    tf.sub(tf.add(w, tf.log1p(tf.neg(tf.exp(tf.mul(-2, w))))), tf.log(tf.mul(2, w)))
  )

/** Its mean, ½ + ½(coth ½λ − 2/λ). */
export const meanOf = (logits: Value): tf.Tensor => {
  const slope = even(logits, [1 / 3, -1 / 45, 2 / 945, -1 / 4725, 2 / 93555], (w) =>
    tf.div(tf.sub(tf.reciprocal(tf.tanh(w)), tf.reciprocal(w)), w)
  )
  return tf.add(0.5, tf.mul(tf.mul(0.25, logits), slope))
}

/** Its entropy. */
export const entropyOf = (logits: Value): tf.Tensor =>
  tf.sub(logSinhRatio(logits), tf.mul(logits, tf.sub(meanOf(logits), 0.5)))

/** Its variance, ¼(1/w² − 1/sinh² w). */
export const varianceOf = (logits: Value): tf.Tensor => {
  const doubled = even(logits, [1 / 3, -1 / 15, 2 / 189, -1 / 675, 2 / 10395, -1382 / 58046625], (w) =>
    tf.sub(tf.reciprocal(tf.square(w)), tf.reciprocal(tf.square(tf.sinh(w))))
  )
  return tf.mul(0.25, doubled)
}

/** Where a series in w² ends and the formula begins. No simple number, so that no one meets the kink between the two. */
const joint = 0.5123

/** A positive even function of the logits: a series in w² up to the joint, times what the formula grows by beyond it. Nothing in it jumps. */
const even = (logits: Value, series: ReadonlyArray<number>, formula: (w: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const w = tf.mul(0.5, tf.abs(logits))
  const growth = tf.div(formula(tf.maximum(w, joint)), formula(tf.scalar(joint)))
  return tf.mul(polynomial(tf.square(tf.minimum(w, joint)), series), growth)
}
