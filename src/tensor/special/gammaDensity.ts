import * as tf from "@tensorflow/tfjs"
import { closeDeviance, logRise } from "./closeDeviance.ts"
import { digammaGap, lgamma, lgammaNext } from "./gamma.ts"
import { logQuotient } from "./logQuotient.ts"
import { productLess } from "./productLess.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"
import { stirling } from "./stirling.ts"

/**
 * α log β − log Γ(α) + (α − 1) log x − βx for x > 0, the log density of the gamma distribution of concentration α and rate β.
 *
 * For α ≥ 7 it is computed as log(α/x) − D(α, βx) plus the remainder of Stirling's formula for Γ(α), with the deviance D (Loader, "Fast and accurate
 * computation of binomial probabilities", 2000). In this form α log α and α, which are α times larger than the result, have cancelled.
 */
export const gammaLogDensity = (a: tf.Tensor | number, b: tf.Tensor | number, x: tf.Tensor | number): tf.Tensor =>
  runSpecial(GammaLogDensity, [a, b, x])

/** From this α on, a log density is computed as that at the mean less a deviance. Below, its terms are small enough to be added directly. */
const many = 7

export const GammaLogDensity: Special = {
  kernel: "GammaLogDensity",
  inputs: ["a", "b", "x"],
  forward: (inputs) => {
    const [a, b, x] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const [few, large] = [tf.minimum(a, many), tf.maximum(a, many)]
    const m = tf.mul(b, x)
    const log = logQuotient(x, tf.reciprocal(b))
    const ofOne = tf.add(tf.log(b), tf.sub(tf.mul(tf.sub(few, 1), log), lgamma(few)))
    const ofNone = tf.add(logQuotient(few, x), tf.sub(tf.mul(few, log), lgammaNext(few)))
    const direct = tf.sub(tf.where(tf.less(a, 0.5), ofNone, ofOne), m)
    const { s, share } = stirling(large)
    const deviance = closeDeviance(large, m, productLess(b, x, large))
    return tf.where(tf.less(a, many), direct, tf.sub(logQuotient(share, x), tf.add(deviance, s)))
  },
  gradient: byPartials((inputs) => {
    const [a, b, x] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor]
    const d = productLess(b, x, a)
    return [
      () => tf.add(logRise(a, tf.mul(b, x), d), digammaGap(a)),
      () => tf.neg(tf.div(d, b)),
      () => tf.neg(tf.div(tf.add(d, 1), x))
    ]
  })
}
