import * as tf from "@tensorflow/tfjs"
import { closeDeviance } from "../../tensor/special/closeDeviance.ts"
import { difference } from "../../tensor/special/doubled.ts"
import { stirlingRest } from "../../tensor/special/gamma.ts"
import { densityInside } from "../../tensor/special/insideOf.ts"
import { logDeviance } from "../../tensor/special/logDeviance.ts"
import { logLess } from "../../tensor/special/logLess.ts"
import { timesLog } from "../../tensor/special/masses.ts"
import { productLess, productsLess } from "../../tensor/special/productLess.ts"
import { logCurve } from "../../tensor/special/quadrature.ts"
import type { Coin } from "../Odds.ts"
import { asRows, exactSum } from "./polya.ts"

type Value = tf.Tensor | number

/**
 * The log mass of a Poisson distribution at whole x ≥ 0, as −D(x, m) − R(x). No large logarithms are subtracted, so it is exact also for a large rate
 * and count (Loader, "Fast and accurate computation of binomial probabilities", 2000). It is computed from log m, whose exponential is represented as
 * a sum of two floats. For other x the result is finite, but meaningless.
 */
export const poissonLogMass = (x: tf.Tensor, logMean: Value): tf.Tensor => {
  const l = tf.clipByValue(tf.add(logMean, 0), -80, 88)
  const rounded = tf.exp(l)
  const excess = tf.sub(tf.sub(rounded, x), tf.mul(rounded, logLess(rounded, l)))
  return tf.neg(tf.add(logDeviance(x, logMean, excess), factorialRest(x)))
}

/** The same from the rate itself: its difference from the count is exact. */
export const poissonLogMassAt = (x: tf.Tensor, rate: Value): tf.Tensor =>
  tf.neg(tf.add(closeDeviance(x, rate, tf.sub(rate, x)), factorialRest(x)))

/**
 * The log mass of a binomial distribution at whole x from 0 to n, in the same way, from a coin of given log odds. `excess` is n π − x, the expected
 * number of successes less x.
 */
export const binomialLogMass = (x: tf.Tensor, n: Value, coin: Coin, excess: tf.Tensor): tf.Tensor => {
  const others = tf.sub(n, x)
  const logN = logOf(n)
  const yes = logDeviance(x, tf.add(logN, coin.logYes), excess)
  const no = logDeviance(others, tf.add(logN, coin.logNo), tf.neg(excess))
  const ways = tf.sub(factorialRest(n), tf.add(factorialRest(x), factorialRest(others)))
  return tf.sub(ways, tf.add(yes, no))
}

/** The same from the probability of a success itself. Then the distance of the count from its mean has float32's full precision. */
export const binomialLogMassAt = (x: tf.Tensor, n: Value, probs: Value): tf.Tensor => {
  const others = tf.sub(n, x)
  const d = productLess(n, probs, x)
  const yes = closeDeviance(x, tf.mul(n, probs), d)
  const no = closeDeviance(others, tf.mul(n, tf.sub(1, probs)), tf.neg(d))
  const ways = tf.sub(factorialRest(n), tf.add(factorialRest(x), factorialRest(others)))
  return tf.sub(ways, tf.add(yes, no))
}

/** A log mass where successes and failures are whole numbers from 0, −∞ elsewhere. It must be NaN where they are. */
export const inTrials = (mass: tf.Tensor, successes: tf.Tensor, failures: tf.Tensor): tf.Tensor => {
  const infinity = Number.POSITIVE_INFINITY
  return densityInside(densityInside(mass, successes, 0, infinity, { integer: true }), failures, 0, infinity)
}

/** The log mass of a multinomial distribution at whole x ≥ 0 that add up to n along the last axis, from the logits of labels. */
export const multinomialLogMass = (x: tf.Tensor, n: Value, logProbs: tf.Tensor, logits: tf.Tensor): tf.Tensor => {
  const count = asRows(n)
  const parts = logDeviance(x, tf.add(logOf(count), logProbs), excesses(x, count, logits))
  return tf.sub(factorialRest(n), tf.sum(tf.add(parts, factorialRest(x)), -1))
}

/** n softmax(l) − x, with exponentials represented as sums of two floats. */
const excesses = (x: tf.Tensor, n: Value, l: tf.Tensor): tf.Tensor => {
  const finite = tf.maximum(l, -most)
  const shifted = difference(finite, tf.max(finite, -1, true))
  // the rounding error of smaller exponentials is negligible
  const far = tf.maximum(shifted.value, -80)
  const weights = tf.exp(far)
  const small = tf.mul(weights, tf.sub(shifted.rest, logLess(weights, far)))
  const kept = tf.exp(shifted.value)
  const { value, rest } = exactSum(kept)
  const sum = tf.expandDims(value, -1)
  const left = tf.sub(tf.mul(x, tf.expandDims(tf.add(rest, tf.sum(small, -1)), -1)), tf.mul(n, small))
  return tf.div(productsLess(n, kept, tf.neg(x), sum, left), sum)
}

/** The same from the probabilities themselves, or from numbers proportional to them. */
export const multinomialLogMassAt = (x: tf.Tensor, n: Value, probs: tf.Tensor): tf.Tensor => {
  const { value, rest } = exactSum(probs)
  const [sum, small, count] = [tf.expandDims(value, -1), tf.expandDims(rest, -1), asRows(n)]
  const d = tf.div(productsLess(count, probs, tf.neg(x), sum, tf.mul(x, small)), sum)
  const parts = closeDeviance(x, tf.mul(count, tf.div(probs, sum)), d)
  return tf.sub(factorialRest(n), tf.sum(tf.add(parts, factorialRest(x)), -1))
}

const least = 1e-37
/** its square does not underflow float32 */
const small = 1e-18
const most = 3e38

const logOf = (x: Value): tf.Tensor => tf.log(tf.maximum(x, least))

/**
 * D(x, m) = x log(x/m) + m − x, half the deviance of a count from its mean. Let k be the larger of m and 1e-18, and c be x clipped to [k/2, 2k]. D is
 * computed as D(c, k) by a series in c/k − 1, plus a remainder from logarithms, which is exactly 0 if c = x. So it has no jump. The value and the
 * gradient are right also if m is outside of the range of float32, and at m = 0, where D is 0 at x = 0 and infinite elsewhere.
 */
export const deviance = (x: Value, mean: Value, logMean: Value): tf.Tensor => {
  const m = tf.minimum(mean, most)
  const [k, logK] = [tf.maximum(m, small), tf.maximum(logMean, Math.log(small))]
  const close = tf.minimum(tf.maximum(x, tf.div(k, 2)), tf.mul(k, 2))
  const d = tf.sub(close, k)
  const z = tf.div(d, k)
  const near = tf.mul(tf.mul(d, z), tf.sub(1, tf.mul(tf.add(1, z), logCurve(z))))
  const far = (y: Value, log: Value): tf.Tensor => tf.sub(timesLog(y, tf.sub(logOf(y), log)), y)
  return tf.add(tf.add(near, tf.sub(far(x, logMean), far(close, logK))), tf.sub(m, k))
}

/** R(x) = log x! − (x log x − x) for whole x ≥ 0. */
const factorialRest = (x: Value): tf.Tensor => {
  const positive = tf.maximum(x, 1)
  const rest = tf.add(tf.div(tf.log(tf.mul(positive, 2 * Math.PI)), 2), stirlingRest(positive))
  return tf.mul(tf.clipByValue(x, 0, 1), rest)
}
