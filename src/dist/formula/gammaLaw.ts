import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../../tensor/draws/gamma.ts"
import type { Key } from "../../tensor/random.ts"
import { digamma, lgamma } from "../../tensor/special/gamma.ts"
import { gammainc } from "../../tensor/special/gammainc.ts"
import { insideOf } from "../../tensor/special/insideOf.ts"
import { logGammainc, logGammaincc } from "../../tensor/special/logGammainc.ts"
import { xlogy } from "../../tensor/special/logs.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { positiveFromLog } from "./inside.ts"

type Value = tf.Tensor | number

/** The gamma law by its concentration α and rate β: what {@link Gamma} and {@link Chi2} are made of. */
export const gammaLaw = (concentration: () => Value, rate: () => Value) => ({
  /** α log β − log Γ(α) + (α − 1) log x − βx; the logarithm of |x| leaves it to the mask to say what is outside */
  logDensity: (x: tf.Tensor): tf.Tensor => {
    const constant = tf.sub(tf.mul(concentration(), tf.log(rate())), lgamma(concentration()))
    const power = xlogy(tf.sub(concentration(), 1), tf.abs(x))
    return tf.add(tf.add(constant, tf.sub(power, tf.mul(rate(), x))), insideOf(x, 0, Number.POSITIVE_INFINITY))
  },
  draw: (key: Key, size: Shape): tf.Tensor =>
    positiveFromLog(tf.sub(logStandardGamma(key, concentration(), size), tf.log(rate()))),
  mean: (): tf.Tensor => tf.div(concentration(), rate()),
  variance: (): tf.Tensor => tf.div(concentration(), tf.square(rate())),
  /** α − log β + log Γ(α) + (1 − α) ψ(α) */
  entropy: (): tf.Tensor => tf.sub(standardEntropy(concentration(), -1), tf.log(rate())),
  cdf: (x: tf.Tensor): tf.Tensor => gammainc(concentration(), tf.mul(rate(), x)),
  logCdf: (x: tf.Tensor): tf.Tensor => logGammainc(concentration(), tf.mul(rate(), x)),
  logSurvival: (x: tf.Tensor): tf.Tensor => logGammaincc(concentration(), tf.mul(rate(), x)),
  mode: (): tf.Tensor => tf.div(tf.maximum(tf.sub(concentration(), 1), 0), rate())
})

/** α + log Γ(α) − (α + sign) ψ(α): the entropy of x for x of the gamma law of rate 1, or with sign 1 that of 1/x. */
export const standardEntropy = (concentration: Value, sign: 1 | -1): tf.Tensor =>
  tf.sub(tf.add(concentration, lgamma(concentration)), tf.mul(tf.add(concentration, sign), digamma(concentration)))
