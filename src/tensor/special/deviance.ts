import * as tf from "@tensorflow/tfjs"
import { addDoubled, type Doubled, difference, product, sum, sumOfOrdered } from "./doubled.ts"
import { rational } from "./polynomial.ts"

/**
 * x − a − a log(x/a) ≥ 0 for x, a > 0, to about 35 bits, without cancellation near x = a. It occurs in the exponents of gamma and beta densities.
 *
 * With x = 2ᵏ x′, where x′/a lies in [√½, √2], it is (x − x′) − a k log 2 + the same of x′, and that is 3 d s/2 (1 + s² r(s)) for d = x′ − a and s =
 * d/(a + 2x′), The last factor differs from 1 by less than 0.01, so it may be rounded. All other numbers are represented as sums of two floats.
 */
export const deviance = (x: Doubled, a: tf.Tensor): Doubled => {
  const k = tf.clipByValue(tf.round(tf.div(tf.log(tf.div(x.value, a)), Math.LN2)), -126, 126)
  const scale = tf.pow(2, tf.neg(k))
  const near: Doubled = { value: tf.mul(x.value, scale), rest: tf.mul(x.rest, scale) }
  const linear = difference(x.value, near.value)
  const logarithm = product(a, tf.mul(k, log2[0]))
  const far = sum(linear.value, tf.neg(logarithm.value))
  const small = tf.sub(tf.sub(linear.rest, logarithm.rest), tf.mul(a, tf.mul(k, log2[1])))
  const rest = tf.add(tf.add(small, tf.sub(x.rest, near.rest)), far.rest)
  return addDoubled({ value: far.value, rest }, devianceNear(near, a))
}

/** log 2 as a number of sixteen bits, whose product with k is exact, and the remainder. */
const log2 = [45426 / 65536, Math.LN2 - 45426 / 65536] as const

const devianceNear = (x: Doubled, a: tf.Tensor): Doubled => {
  const d = sumOfOrdered(tf.sub(x.value, a), x.rest)
  const double = tf.mul(x.value, 2)
  const divisor = sumOfOrdered(double, a)
  const s = tf.div(d.value, divisor.value)
  const back = product(s, divisor.value)
  const divisorRest = tf.add(divisor.rest, tf.mul(x.rest, 2))
  const left = tf.sub(tf.add(tf.sub(tf.sub(d.value, back.value), back.rest), d.rest), tf.mul(s, divisorRest))
  const square = product(d.value, s)
  const squareRest = tf.add(tf.add(square.rest, tf.mul(d.value, tf.div(left, divisor.value))), tf.mul(d.rest, s))
  const leading = sumOfOrdered(square.value, tf.mul(square.value, 0.5))
  const curved = tf.mul(tf.mul(leading.value, tf.square(s)), rational(s, bend))
  return { value: leading.value, rest: tf.add(tf.add(leading.rest, tf.mul(squareRest, 1.5)), curved) }
}

/** ((z − log(1 + z))/(3 z s/2) − 1)/s², where z = 3s/(1 − 2s), for √½ ≤ 1 + z ≤ √2: to 4e-8. */
const bend = {
  p: [0.500000019, -0.195567133, -0.107787664, -0.123062473],
  q: [1, -0.791134183, -1.09907473]
}
