import * as tf from "@tensorflow/tfjs"
import { gapFall } from "./beta.ts"
import { closeDeviance, logRise } from "./closeDeviance.ts"
import { digammaGap } from "./gamma.ts"
import { logDeviance } from "./logDeviance.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"
import { stirling } from "./stirling.ts"

type Value = tf.Tensor | number

/** The logarithms of a probability π and of 1 − π. */
type Coin = Readonly<Record<"logYes" | "logNo", Value>>

/**
 * The log mass of a negative binomial distribution at whole x ≥ 0, for any real r > 0. It is written as the binomial probability of x successes in x
 * + r trials, the last of which is a failure. `excess` is (x + r) π − x, the expected number of successes in as many trials, less x.
 */
export const negativeBinomialLogMass = (x: tf.Tensor, r: Value, coin: Coin, excess: tf.Tensor): tf.Tensor => {
  const trials = tf.add(x, r)
  const logTrials = tf.log(trials)
  const successes = logDeviance(x, tf.add(logTrials, coin.logYes), excess)
  const failures = logDeviance(r, tf.add(logTrials, coin.logNo), tf.neg(excess))
  const [ofX, ofR, all] = [stirling(x), stirling(r), stirling(trials)]
  const logs = tf.log(tf.div(tf.div(ofR.share, all.share), ofX.root))
  const rests = tf.sub(all.s, tf.add(ofR.s, ofX.s))
  return tf.sub(tf.add(logs, rests), tf.add(successes, failures))
}

/** The same by the mean m = r π/(1 − π). Its derivative by r decreases as 1/r², and is computed as a difference of two terms that do so, too. */
export const negativeBinomialByMean = (x: Value, r: Value, mean: Value): tf.Tensor =>
  runSpecial(NegativeBinomialByMean, [x, r, mean])

type Three = readonly [x: tf.Tensor, r: tf.Tensor, mean: tf.Tensor]

export const NegativeBinomialByMean: Special = {
  kernel: "NegativeBinomialByMean",
  inputs: ["x", "r", "mean"],
  forward: (inputs) => {
    const [x, r, mean] = inputs as unknown as Three
    const coin = {
      logYes: tf.neg(tf.log1p(tf.div(r, mean))),
      logNo: tf.neg(tf.log1p(tf.div(mean, r)))
    }
    return negativeBinomialLogMass(x, r, coin, tf.div(tf.sub(mean, x), tf.add(1, tf.div(mean, r))))
  },
  gradient: byPartials((inputs) => {
    const [x, r, mean] = inputs as unknown as Three
    const [trials, all, next] = [tf.add(x, r), tf.add(r, mean), tf.add(x, 1)]
    const less = tf.div(tf.sub(mean, x), all)
    return [
      () => {
        const expected = tf.mul(trials, tf.div(mean, all))
        const rise = logRise(next, expected, tf.sub(tf.mul(less, r), 1))
        return tf.add(rise, tf.sub(digammaGap(next), digammaGap(trials)))
      },
      () => tf.sub(gapFall(r, x), closeDeviance(1, tf.div(trials, all), tf.neg(less))),
      () => {
        const none = tf.lessEqual(tf.add(x, tf.zerosLike(mean)), 0)
        const share = tf.div(tf.sub(x, mean), tf.maximum(mean, 1e-37))
        return tf.mul(tf.where(none, tf.neg(tf.onesLike(share)), share), tf.div(r, all))
      }
    ]
  })
}
