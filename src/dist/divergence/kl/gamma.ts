import * as tf from "@tensorflow/tfjs"
import { digamma, lgamma } from "../../../tensor/special/gamma.ts"
import { lgammaGap } from "../../../tensor/special/lgammaGap.ts"
import type { ClosedForm, ClosedForms } from "./closedForm.ts"
import { cost, logRatio } from "./cost.ts"
import { asGamma, type GammaLaw, type ReadGamma, whoseInverseIsGamma } from "./gammaLaws.ts"

/** From gamma law (a, b) to gamma law (c, d), with r = d/b: (a − c) ψ(a) − log Γ(a) + log Γ(c) + a (r − 1 − log r) + (a − c) log r. */
const gammaToGamma = (q: GammaLaw, p: GammaLaw): tf.Tensor => {
  const [a, c] = [q.concentration, p.concentration]
  const log = logRatio(p.rate, q.rate)
  return tf.add(lgammaGap(a, c), tf.add(tf.mul(a, cost(log)), tf.mul(tf.sub(a, c), log)))
}

/**
 * From gamma law (a, b) to that of the inverse of gamma law (c, d): (a + c) ψ(a) − log Γ(a) + log Γ(c) − c log(bd) − a + bd/(a − 1), by
 * E[log x] = ψ(a) − log b and E[1/x] = b/(a − 1), which is infinite up to a = 1.
 */
const gammaToInverse = (q: GammaLaw, p: GammaLaw): tf.Tensor => {
  const [a, b, c, d] = [q.concentration, q.rate, p.concentration, p.rate]
  const shapes = tf.add(tf.mul(tf.add(a, c), digamma(a)), tf.sub(lgamma(c), lgamma(a)))
  const inverse = tf.div(tf.mul(b, d), tf.maximum(tf.sub(a, 1), 0))
  return tf.add(tf.sub(shapes, tf.add(tf.mul(c, tf.add(tf.log(b), tf.log(d))), a)), inverse)
}

/** A divergence does not change when both variables are inverted, so that two forms serve all pairs. */
const pair =
  (form: (q: GammaLaw, p: GammaLaw) => tf.Tensor, readQ: ReadGamma, readP: ReadGamma): ClosedForm =>
  (q, p) =>
    form(readQ(q), readP(p))

const { Exponential, Gamma, Chi2 } = asGamma
const { InverseGamma } = whoseInverseIsGamma

export const gamma = {
  "Gamma‖Gamma": pair(gammaToGamma, Gamma, Gamma),
  "Gamma‖Exponential": pair(gammaToGamma, Gamma, Exponential),
  "Gamma‖Chi2": pair(gammaToGamma, Gamma, Chi2),
  "Exponential‖Gamma": pair(gammaToGamma, Exponential, Gamma),
  "Exponential‖Chi2": pair(gammaToGamma, Exponential, Chi2),
  "Chi2‖Gamma": pair(gammaToGamma, Chi2, Gamma),
  "Chi2‖Exponential": pair(gammaToGamma, Chi2, Exponential),
  "Chi2‖Chi2": pair(gammaToGamma, Chi2, Chi2),
  "InverseGamma‖InverseGamma": pair(gammaToGamma, InverseGamma, InverseGamma),
  "Gamma‖InverseGamma": pair(gammaToInverse, Gamma, InverseGamma),
  "Chi2‖InverseGamma": pair(gammaToInverse, Chi2, InverseGamma),
  "InverseGamma‖Gamma": pair(gammaToInverse, InverseGamma, Gamma),
  "InverseGamma‖Exponential": pair(gammaToInverse, InverseGamma, Exponential),
  "InverseGamma‖Chi2": pair(gammaToInverse, InverseGamma, Chi2)
} as const satisfies ClosedForms
