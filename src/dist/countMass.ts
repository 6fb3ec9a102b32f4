import * as tf from "@tensorflow/tfjs"
import { stirlingRest } from "../tensor/special/gamma.ts"
import { logCurve } from "../tensor/special/quadrature.ts"
import { logNo, logYes } from "./Odds.ts"

type Value = tf.Tensor | number

/**
 * The log mass of a Poisson law at whole x ≥ 0, as −D(x, m) − R(x): no large logarithms are subtracted, so that nothing is lost where rate and
 * count are large (Loader, "Fast and accurate computation of binomial probabilities", 2000). Finite, but meaningless, outside.
 */
export const poissonLogMass = (x: tf.Tensor, mean: Value, logMean: Value): tf.Tensor =>
  tf.neg(tf.add(deviance(x, mean, logMean), factorialRest(x)))

/** The log mass of a binomial law at whole x from 0 to n, the same way. */
export const binomialLogMass = (x: tf.Tensor, n: Value, logits: Value): tf.Tensor => {
  const others = tf.sub(n, x)
  const logN = logOf(n)
  const yes = deviance(x, tf.mul(n, tf.sigmoid(logits)), tf.add(logN, logYes(logits)))
  const no = deviance(others, tf.mul(n, tf.sigmoid(tf.neg(logits))), tf.add(logN, logNo(logits)))
  const ways = tf.sub(factorialRest(n), tf.add(factorialRest(x), factorialRest(others)))
  return tf.sub(ways, tf.add(yes, no))
}

/** The log mass of a multinomial law at whole x ≥ 0 that add up to n along the last axis. */
export const multinomialLogMass = (x: tf.Tensor, n: Value, logProbs: tf.Tensor): tf.Tensor => {
  const total = typeof n === "number" || n.rank === 0 ? n : tf.expandDims(n, -1)
  const parts = deviance(x, tf.mul(total, tf.exp(logProbs)), tf.add(logOf(total), logProbs))
  return tf.sub(factorialRest(n), tf.sum(tf.add(parts, factorialRest(x)), -1))
}

const least = 1e-37
const most = 3e38

const logOf = (x: Value): tf.Tensor => tf.log(tf.maximum(x, least))

/**
 * D(x, m) = x log(x/m) + m − x, half the deviance of a count from its mean. With c the part of x within [m/2, 2m] it is
 * D(c, m) + (D(x, m) − D(c, m)): the first by a series in c/m − 1, the second from logarithms, and exactly 0 where c is x. So it has no
 * jump, and is right where m itself is beyond the range of float32.
 */
export const deviance = (x: Value, mean: Value, logMean: Value): tf.Tensor => {
  const m = tf.clipByValue(mean, least, most)
  const close = tf.minimum(tf.maximum(x, tf.div(m, 2)), tf.mul(m, 2))
  const d = tf.sub(close, m)
  const z = tf.div(d, m)
  const near = tf.mul(tf.mul(d, z), tf.sub(1, tf.mul(tf.add(1, z), logCurve(z))))
  const far = (y: Value): tf.Tensor => tf.sub(tf.mul(y, tf.sub(logOf(y), logMean)), y)
  return tf.add(near, tf.sub(far(x), far(close)))
}

/** R(x) = log x! − (x log x − x) for whole x ≥ 0. */
const factorialRest = (x: Value): tf.Tensor => {
  const positive = tf.maximum(x, 1)
  const rest = tf.add(tf.div(tf.log(tf.mul(positive, 2 * Math.PI)), 2), stirlingRest(positive))
  return tf.mul(tf.clipByValue(x, 0, 1), rest)
}
