import * as tf from "@tensorflow/tfjs"
import { logQuotient } from "./logQuotient.ts"
import { logCurve } from "./quadrature.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/** its square is a number of float32, too */
const least = 1e-18
const most = 3e38

/**
 * D(x, m) = x log(x/m) + m − x ≥ 0 for x ≥ 0 and m > 0, half the deviance of x from m, for a difference d = m − x that is known more exactly than
 * from the rounded x and m. The relative error is a few roundings, for any distance of x and m. With w = d/x it is x (w − log(1 + w)).
 *
 * For differentiation it is a function of x and m: the gradient by d is 0.
 */
export const closeDeviance = (x: tf.Tensor | number, m: tf.Tensor | number, d: tf.Tensor | number): tf.Tensor =>
  runSpecial(CloseDeviance, [x, m, d])

export const CloseDeviance: Special = {
  kernel: "CloseDeviance",
  inputs: ["x", "m", "d"],
  forward: (inputs) => {
    const [x, m, d] = finite(inputs)
    const { small, isSmall } = relative(x, d)
    const far = tf.sub(d, tf.mul(x, logOver(m, x)))
    return tf.where(isSmall, tf.mul(tf.mul(d, small), logCurve(small)), far)
  },
  gradient: byPartials((inputs) => {
    const [x, m, d] = finite(inputs)
    /** d/m, which is 1 where x is 0 */
    const share = tf.where(tf.equal(tf.add(x, tf.zerosLike(d)), 0), tf.onesLike(d), tf.div(d, tf.maximum(m, 1e-37)))
    return [() => tf.neg(logRise(x, m, d)), () => share, () => tf.zerosLike(d)]
  })
}

/** log(m/x) from d = m − x, exact where x and m are close. */
export const logRise = (x: tf.Tensor, m: tf.Tensor, d: tf.Tensor): tf.Tensor => {
  const { small, isSmall } = relative(x, d)
  return tf.where(isSmall, tf.log1p(small), logOver(m, x))
}

const finite = ([x, m, d]: ReadonlyArray<tf.Tensor>): [tf.Tensor, tf.Tensor, tf.Tensor] => [
  x as tf.Tensor,
  tf.minimum(m as tf.Tensor, most),
  tf.clipByValue(d as tf.Tensor, -most, most)
]

/** d/x, clipped to the range in which the logarithm of 1 + d/x is computed by a series. */
const relative = (x: tf.Tensor, d: tf.Tensor): { readonly small: tf.Tensor; readonly isSmall: tf.Tensor } => {
  const w = tf.div(d, tf.maximum(x, least))
  const small = tf.clipByValue(w, -0.5, 1)
  return { small, isSmall: tf.equal(w, small) }
}

/** log(m/x), and 0 at x = 0, where x log(m/x) is 0 for every m. */
const logOver = (m: tf.Tensor, x: tf.Tensor): tf.Tensor => {
  const none = tf.logicalAnd(tf.lessEqual(x, 0), tf.greaterEqual(m, 0))
  const given = tf.add(m, tf.zerosLike(x))
  return tf.where(none, tf.zerosLike(given), logQuotient(given, tf.maximum(x, least)))
}
