import * as tf from "@tensorflow/tfjs"
import { closeDeviance } from "../../../tensor/special/closeDeviance.ts"
import { digammaGap } from "../../../tensor/special/gamma.ts"
import { logQuotient } from "../../../tensor/special/logQuotient.ts"
import { productsLess } from "../../../tensor/special/productLess.ts"
import { stirling, stirlingGap } from "../../../tensor/special/stirling.ts"
import { asGamma, type GammaParameters, type ReadGamma, whoseInverseIsGamma } from "./asGamma.ts"
import type { ClosedForm, ClosedForms } from "./closedForm.ts"

/**
 * From Gamma(a, b) to Gamma(c, d): (a − c) ψ(a) − log Γ(a) + log Γ(c) + c log(b/d) + a (d/b − 1). It is a sum of two numbers ≥ 0: the deviance of c
 * from a d/b, and the distance at c of log Γ(x) − x log x + x from its tangent at a.
 */
const gammaToGamma = (q: GammaParameters, p: GammaParameters): tf.Tensor => {
  const [a, b, c, d] = [q.concentration, q.rate, p.concentration, p.rate]
  const difference = tf.div(productsLess(a, d, tf.neg(c), b, 0), b)
  return tf.add(closeDeviance(c, tf.mul(a, tf.div(d, b)), difference), stirlingGap(a, c))
}

/**
 * From Gamma(a, b) to the distribution of 1/y where y is Gamma(c, d) distributed: (a + c) ψ(a) − log Γ(a) + log Γ(c) − c log(bd) − a + bd/(a − 1), by
 * E[log x] = ψ(a) − log b and E[1/x] = b/(a − 1), which is infinite up to a = 1. In this form a log a and c log c would cancel. So it is computed as
 * D(c, bd/a) + bd/(a (a − 1)) − (a + c) (log a − ψ(a)), with the deviance D, plus the remainder of Stirling's formula for Γ(c)/Γ(a).
 */
const gammaToInverse = (q: GammaParameters, p: GammaParameters): tf.Tensor => {
  const [a, b, c, d] = [q.concentration, q.rate, p.concentration, p.rate]
  const m = tf.mul(d, tf.div(b, a))
  const deviance = closeDeviance(c, m, tf.div(productsLess(b, d, tf.neg(c), a, 0), a))
  const [ofA, ofC] = [stirling(a), stirling(c)]
  const shapes = tf.add(tf.sub(ofC.s, ofA.s), logQuotient(ofA.share, ofC.share))
  const curved = tf.sub(tf.div(m, tf.maximum(tf.sub(a, 1), 0)), tf.mul(tf.add(a, c), digammaGap(a)))
  return tf.add(deviance, tf.add(shapes, curved))
}

/** A divergence does not change when both variables are inverted, so two forms cover all pairs. */
const pair =
  (form: (q: GammaParameters, p: GammaParameters) => tf.Tensor, readQ: ReadGamma, readP: ReadGamma): ClosedForm =>
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
