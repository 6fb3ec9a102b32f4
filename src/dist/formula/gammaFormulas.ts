import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../../tensor/draws/gamma.ts"
import type { Key } from "../../tensor/random.ts"
import { digammaGap } from "../../tensor/special/gamma.ts"
import { gammaLogDensity } from "../../tensor/special/gammaDensity.ts"
import { gammainc } from "../../tensor/special/gammainc.ts"
import { densityInside } from "../../tensor/special/insideOf.ts"
import { logGammainc, logGammaincc } from "../../tensor/special/logGammainc.ts"
import { logQuotient } from "../../tensor/special/logQuotient.ts"
import { xlogy } from "../../tensor/special/logs.ts"
import { stirling } from "../../tensor/special/stirling.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { least, ofLeast, positiveFromLog } from "./inside.ts"

type Value = tf.Tensor | number

/** The gamma distribution by its concentration α and rate β; {@link Gamma} and {@link Chi2} use it. */
export const gammaFormulas = (concentration: () => Value, rate: () => Value) => ({
  logDensity: (x: tf.Tensor): tf.Tensor => {
    // the logarithm of |x| is finite; the mask makes the log density −∞ outside of the support
    const size = tf.maximum(tf.abs(x), least)
    const atZero = xlogy(tf.sub(concentration(), 1), ofLeast(x))
    const density = gammaLogDensity(concentration(), rate(), size)
    return densityInside(tf.add(density, atZero), x, 0, Number.POSITIVE_INFINITY, { finite: true })
  },
  draw: (key: Key, size: Shape): tf.Tensor =>
    positiveFromLog(tf.sub(logStandardGamma(key, concentration(), size), tf.log(rate()))),
  mean: (): tf.Tensor => tf.div(concentration(), rate()),
  variance: (): tf.Tensor => tf.div(concentration(), tf.square(rate())),
  /** α − log β + log Γ(α) + (1 − α) ψ(α), in which α log α cancels */
  entropy: (): tf.Tensor => {
    const { s, root } = stirling(concentration())
    const curved = tf.mul(tf.sub(concentration(), 1), digammaGap(concentration()))
    return tf.add(tf.add(s, curved), logQuotient(root, rate()))
  },
  cdf: (x: tf.Tensor): tf.Tensor => gammainc(concentration(), tf.mul(rate(), x)),
  logCdf: (x: tf.Tensor): tf.Tensor => logGammainc(concentration(), tf.mul(rate(), x)),
  logSurvival: (x: tf.Tensor): tf.Tensor => logGammaincc(concentration(), tf.mul(rate(), x)),
  mode: (): tf.Tensor => tf.div(tf.maximum(tf.sub(concentration(), 1), 0), rate())
})
