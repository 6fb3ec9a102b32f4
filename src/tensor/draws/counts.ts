import * as tf from "@tensorflow/tfjs"
import { halfLog2Pi, stirlingRest } from "../special/gamma.ts"
import { column } from "../special/polynomial.ts"
import { logCurve } from "../special/quadrature.ts"

/** How many values of a Poisson variable of rate 10 are told apart: it exceeds 33 with probability 2e-9, a binomial one of that mean less often. */
const terms = 34

/** The mean from which on counts are drawn by rejection and not from the table of their distribution function. */
export const largeMean = 10

/**
 * The count whose distribution function first exceeds 1 − u: how many n have P(X > n) > u. `first` is the log probability of 0 and `ratio` gives
 * p(n)/p(n − 1) for n = 1, 2, …. Sums begin with the smallest terms, so that the tail is as exact as the rest.
 */
export const countAt = (u: tf.Tensor, first: tf.Tensor, ratio: (n: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const n = tf.tensor1d(Float32Array.from({ length: terms }, (_, i) => i + 1))
  const ratios = tf.log(tf.maximum(ratio(n), 1e-30))
  /** tfjs's cpu kernel loses the shape of a sum over an axis −1 */
  const last = ratios.rank - 1
  const masses = tf.exp(tf.add(column(first), tf.cumsum(ratios, last)))
  const above = tf.cumsum(masses, last, false, true)
  return tf.sum(tf.cast(tf.less(column(u), above), "float32"), -1)
}

/** log of the Poisson probability of k at a rate, k log λ − λ − log k!, by Stirling's series without its cancellation; k may be 0. */
export const logPoissonMass = (k: tf.Tensor, rate: tf.Tensor): tf.Tensor => {
  const positive = tf.maximum(k, 1)
  const series = tf.add(tf.add(tf.mul(tf.log(positive), 0.5), halfLog2Pi), stirlingRest(positive))
  const none = tf.cast(tf.less(k, 0.5), "float32")
  const value = tf.sub(logExcess(rate, positive), series)
  /** At k = 1 the series says log λ − λ, and at 0 the answer is −λ. */
  return tf.sub(value, tf.mul(none, tf.log(rate)))
}

/** a log(x/a) − (x − a), without cancellation near x = a. */
const logExcess = (x: tf.Tensor, a: tf.Tensor): tf.Tensor => {
  const d = tf.sub(x, a)
  const z = tf.div(d, a)
  const near = tf.logicalAnd(tf.greater(z, -0.5), tf.less(z, 1))
  const curved = tf.mul(tf.div(tf.square(d), a), logCurve(tf.clipByValue(z, -0.5, 1)))
  return tf.where(near, tf.neg(curved), tf.sub(tf.mul(a, tf.log(tf.div(x, a))), d))
}
