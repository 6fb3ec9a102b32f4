import * as tf from "@tensorflow/tfjs"
import { log1mexp } from "../../tensor/special/logs.ts"
import { polynomial } from "../../tensor/special/polynomial.ts"
import { splitAt } from "../../tensor/special/splitAt.ts"

type Value = tf.Tensor | number

/** log(sinh w/w) with w = ½|λ|: −log p(½) of the continuous Bernoulli distribution of logits λ. */
export const logSinhRatio = (logits: Value): tf.Tensor =>
  even(logits, [0, 1 / 6, -1 / 180, 1 / 2835, -1 / 37800, 1 / 467775], (w) =>
    tf.sub(tf.add(w, tf.log1p(tf.neg(tf.exp(tf.mul(-2, w))))), tf.log(tf.mul(2, w)))
  )

/**
 * Its log density at x, from x and y = 1 − x: λ (x − ½) − log(sinh w/w), and for λ away from 0 log |λ| − log(1 − e^(−|λ|)) less |λ| times the
 * distance from the bound at which it is highest, in which nothing cancels. It is linear in x and y, so the means of x and y give its mean.
 */
export const logDensityOf = (logits: Value, x: Value, y: Value): tf.Tensor => {
  const { near, size, pieces } = sidesOf(logits, x)
  const top = tf.sub(tf.log(size), log1mexp(size))
  return pieces({
    below: tf.sub(top, tf.mul(size, x)),
    inside: tf.sub(tf.mul(tf.mul(0.5, near), tf.sub(x, y)), logSinhRatio(near)),
    above: tf.sub(top, tf.mul(size, y))
  })
}

/** Its mean, ½ + ½(coth ½λ − 2/λ); for λ away from 0 it is computed from its distance 1/|λ| − 1/(e^|λ| − 1) to the nearer bound. */
export const meanOf = (logits: Value): tf.Tensor => {
  const { near, size, pieces } = sidesOf(logits, 0)
  const slope = even(near, [1 / 3, -1 / 45, 2 / 945, -1 / 4725, 2 / 93555], (w) =>
    tf.div(tf.sub(tf.reciprocal(tf.tanh(w)), tf.reciprocal(w)), w)
  )
  const distance = tf.sub(tf.reciprocal(size), tf.reciprocal(tf.expm1(tf.minimum(size, 80))))
  return pieces({
    below: distance,
    inside: tf.add(0.5, tf.mul(tf.mul(0.25, near), slope)),
    above: tf.sub(1, distance)
  })
}

/** Its entropy. */
export const entropyOf = (logits: Value): tf.Tensor => tf.neg(meanLogDensity(logits, logits))

/** The mean of the log density of logits `of` where x has logits `under`. */
export const meanLogDensity = (under: Value, of: Value): tf.Tensor =>
  logDensityOf(of, meanOf(under), meanOf(tf.neg(under)))

/** Logits clipped to [−1, 1], their absolute value outside, and a function that joins three pieces: below, inside and above. */
const sidesOf = (logits: Value, beside: Value) => {
  const all = tf.add(logits, tf.zerosLike(tf.add(beside, 0)))
  return {
    near: tf.clipByValue(all, -1, 1),
    size: tf.maximum(tf.abs(all), 1),
    pieces: (of: { readonly below: tf.Tensor; readonly inside: tf.Tensor; readonly above: tf.Tensor }): tf.Tensor =>
      splitAt(all, { low: -1, high: 1 }, of)
  }
}

/** Its variance, ¼(1/w² − 1/sinh² w). */
export const varianceOf = (logits: Value): tf.Tensor => {
  const doubled = even(logits, [1 / 3, -1 / 15, 2 / 189, -1 / 675, 2 / 10395, -1382 / 58046625], (w) =>
    tf.sub(tf.reciprocal(tf.square(w)), tf.reciprocal(tf.square(tf.sinh(w))))
  )
  return tf.mul(0.25, doubled)
}

/** The w at which the series in w² is replaced by the formula. It is not a round number, so that no one meets the kink between the two by chance. */
const joint = 0.5123

/** A positive even function of the logits: a series in w² up to the joint, times the ratio by which the formula grows above it. It is continuous. */
const even = (logits: Value, series: ReadonlyArray<number>, formula: (w: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const w = tf.mul(0.5, tf.abs(logits))
  const growth = tf.div(formula(tf.maximum(w, joint)), formula(tf.scalar(joint)))
  return tf.mul(polynomial(tf.square(tf.minimum(w, joint)), series), growth)
}
