import * as tf from "@tensorflow/tfjs"
import { closeDeviance } from "../../../tensor/special/closeDeviance.ts"
import { digammaGap, polygamma } from "../../../tensor/special/gamma.ts"
import { logQuotient } from "../../../tensor/special/logQuotient.ts"
import { productsLess } from "../../../tensor/special/productLess.ts"
import { stirling } from "../../../tensor/special/stirling.ts"
import { euler } from "../../formula/euler.ts"
import { tangentGap } from "../../formula/gammaDifferences.ts"
import { asGamma, type GammaParameters, type ReadGamma, whoseInverseIsGamma } from "./asGamma.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

type Value = tf.Tensor | number

const halfLog2PiE = 0.5 * Math.log(2 * Math.PI * Math.E)

/**
 * d m − c log(d m) + log Γ(c) for the mean m = s eˡ of a variable: the deviance of c from d m, and the remainder of Stirling's formula for Γ(c). For
 * small l, d m − c is as exact as d, s and c.
 */
const gammaCost = ({ concentration: c, rate: d }: GammaParameters, s: Value, l: tf.Tensor): tf.Tensor => {
  const product = tf.mul(d, s)
  const difference = productsLess(d, s, product, tf.expm1(l), c)
  const ofC = stirling(c)
  return tf.add(closeDeviance(c, tf.mul(product, tf.exp(l)), difference), tf.sub(ofC.s, tf.log(ofC.share)))
}

/** From Weibull(k, λ) to Gamma(c, d): γ c/k − c log λ + log k + dλ Γ(1 + 1/k) − γ − 1 − c log d + log Γ(c), where γ is Euler's constant (Bauckhage 2014). */
const weibullToGamma =
  (read: ReadGamma): ClosedForm =>
  (q, p) => {
    const [shape, scale, gamma] = [get(q, "concentration"), get(q, "scale"), read(p)]
    const inverse = tf.div(1, shape)
    const logMean = tf.sub(tangentGap(inverse), tf.mul(euler, inverse))
    // c (log E[x] − E[log x])
    const spread = tf.mul(gamma.concentration, tangentGap(inverse))
    return tf.add(tf.add(tf.sub(tf.log(shape), 1 + euler), spread), gammaCost(gamma, scale, logMean))
  }

/**
 * From LogNormal(μ, σ) to Gamma(c, d): −log σ − ½ log 2πe − cμ + d exp(μ + σ²/2) + log Γ(c) − c log d. With `sign` −1 p is the distribution of the
 * inverse of a gamma variable: the inverse of q is LogNormal(−μ, σ).
 */
const logNormalToGamma =
  (read: ReadGamma, sign: 1 | -1): ClosedForm =>
  (q, p) => {
    const [loc, scale, gamma] = [tf.mul(sign, get(q, "loc")), get(q, "scale"), read(p)]
    const halfSquare = tf.mul(0.5, tf.square(scale))
    const entropy = tf.add(tf.log(scale), halfLog2PiE)
    // c (log E[x] − E[log x])
    const spread = tf.mul(gamma.concentration, halfSquare)
    return tf.add(tf.sub(spread, entropy), gammaCost(gamma, 1, tf.add(loc, halfSquare)))
  }

/**
 * From Gamma(a, b) to LogNormal(μ, σ): a ψ(a) − a − log Γ(a) + log σ + ½ log 2π + (ψ₁(a) + (ψ(a) − log b − μ)²)/2σ², since log x has mean ψ(a) − log
 * b and variance ψ₁(a). With `sign` −1 q is the distribution of the inverse of a gamma variable.
 */
const gammaToLogNormal =
  (read: ReadGamma, sign: 1 | -1): ClosedForm =>
  (q, p) => {
    const { concentration: a, rate } = read(q)
    const [loc, scale] = [tf.mul(sign, get(p, "loc")), get(p, "scale")]
    const distance = tf.sub(tf.sub(logQuotient(a, rate), digammaGap(a)), loc)
    const spread = tf.div(tf.add(polygamma(1, a), tf.square(distance)), tf.mul(2, tf.square(scale)))
    // a ψ(a) − a − log Γ(a), in which a log a cancels
    const { s, share } = stirling(a)
    const own = tf.sub(tf.sub(tf.log(share), s), tf.mul(a, digammaGap(a)))
    return tf.add(tf.add(own, tf.add(tf.log(scale), 0.5 * Math.log(2 * Math.PI))), spread)
  }

const { Gamma, Chi2 } = asGamma
const { InverseGamma } = whoseInverseIsGamma

export const positive = {
  "Weibull‖Gamma": weibullToGamma(Gamma),
  "Weibull‖Chi2": weibullToGamma(Chi2),
  "LogNormal‖Gamma": logNormalToGamma(Gamma, 1),
  "LogNormal‖Chi2": logNormalToGamma(Chi2, 1),
  "LogNormal‖InverseGamma": logNormalToGamma(InverseGamma, -1),
  "Gamma‖LogNormal": gammaToLogNormal(Gamma, 1),
  "Chi2‖LogNormal": gammaToLogNormal(Chi2, 1),
  "InverseGamma‖LogNormal": gammaToLogNormal(InverseGamma, -1)
} as const satisfies ClosedForms
