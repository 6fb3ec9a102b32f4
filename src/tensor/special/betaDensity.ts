import * as tf from "@tensorflow/tfjs"
import { lbeta } from "./beta.ts"
import { closeDeviance, logRise } from "./closeDeviance.ts"
import { digammaGap } from "./gamma.ts"
import { logQuotient } from "./logQuotient.ts"
import { productsLess } from "./productLess.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"
import { stirling } from "./stirling.ts"

/**
 * (a − 1) log x + (b − 1) log(1 − x) − log B(a, b) for 0 < x < 1, the log density of the beta distribution.
 *
 * For a, b ≥ 7 it is computed as −D(a, nx) − D(b, n(1 − x)) plus the remainder of Stirling's formula for B(a, b), with n = a + b and the deviance D.
 * In this form the logarithms that are n times larger than the result have cancelled.
 */
export const betaLogDensity = (a: tf.Tensor | number, b: tf.Tensor | number, x: tf.Tensor | number): tf.Tensor =>
  runSpecial(BetaLogDensity, [a, b, x])

const many = 7

export const BetaLogDensity: Special = {
  kernel: "BetaLogDensity",
  inputs: ["a", "b", "x"],
  forward: (inputs) => {
    const [a, b, x] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const direct = tf.sub(
      tf.add(tf.mul(tf.sub(a, 1), tf.log(x)), tf.mul(tf.sub(b, 1), tf.log1p(tf.neg(x)))),
      lbeta(a, b)
    )
    const isLarge = tf.greaterEqual(tf.minimum(a, b), many)
    return tf.where(tf.logicalAnd(isLarge, tf.onesLike(direct).cast("bool")), ofLarge(a, b, x), direct)
  },
  gradient: byPartials((inputs) => {
    const [a, b, x] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const [n, y] = [tf.add(a, b), tf.sub(1, x)]
    const d = productsLess(a, x, b, x, a)
    /** log(n x/a) + log a − ψ(a) − log n + ψ(n) */
    const slope = (own: tf.Tensor, share: tf.Tensor, difference: tf.Tensor): tf.Tensor =>
      tf.add(logRise(own, tf.mul(n, share), difference), tf.sub(digammaGap(own), digammaGap(n)))
    return [
      () => slope(a, x, d),
      () => slope(b, y, tf.neg(d)),
      () => tf.neg(tf.div(tf.add(d, tf.sub(y, x)), tf.mul(x, y)))
    ]
  })
}

const ofLarge = (givenA: tf.Tensor, givenB: tf.Tensor, x: tf.Tensor): tf.Tensor => {
  const [a, b, y] = [tf.maximum(givenA, many), tf.maximum(givenB, many), tf.sub(1, x)]
  const n = tf.add(a, b)
  const d = productsLess(a, x, b, x, a)
  const deviances = tf.add(closeDeviance(a, tf.mul(n, x), d), closeDeviance(b, tf.mul(n, y), tf.neg(d)))
  const [ofA, ofB, ofN] = [stirling(a), stirling(b), stirling(n)]
  const rest = tf.sub(tf.add(ofA.s, ofB.s), ofN.s)
  return tf.sub(logQuotient(tf.mul(ofA.share, tf.div(ofB.share, ofN.share)), tf.mul(x, y)), tf.add(deviances, rest))
}
