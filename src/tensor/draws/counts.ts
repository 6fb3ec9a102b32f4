import * as tf from "@tensorflow/tfjs"
import { halfLog2Pi, stirlingRest } from "../special/gamma.ts"
import { column } from "../special/polynomial.ts"
import { logCurve } from "../special/quadrature.ts"

/** The size of the table of a Poisson variable of rate up to 10: it exceeds 33 with probability 2e-9, a binomial variable of the same mean less often. */
const terms = 34

/** The mean from which counts are drawn by rejection, and not from the table of their distribution function. */
export const largeMean = 10

/**
 * The smallest count whose distribution function is at least 1 − u: the number of n with P(X > n) > u. `first` is the log probability of 0 and
 * `ratio` gives p(n)/p(n − 1) for n = 1, 2, …. Sums begin with the smallest terms, so that the tail is as exact as the centre.
 */
export const countAt = (u: tf.Tensor, first: tf.Tensor, ratio: (n: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const n = tf.tensor1d(Float32Array.from({ length: terms }, (_, i) => i + 1))
  const ratios = tf.log(tf.maximum(ratio(n), 1e-30))
  /** the axis must be non-negative: tfjs's cpu kernel loses the shape of a sum over axis −1 */
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
  /** For k = 0 the series is evaluated at k = 1, which gives log λ − λ; subtracting log λ gives −λ. */
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
