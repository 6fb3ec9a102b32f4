import * as tf from "@tensorflow/tfjs"
import { digamma, lgamma, polygamma } from "../../../tensor/special/gamma.ts"
import { euler } from "../../formula/euler.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"
import { asGamma, type GammaLaw, type ReadGamma, whoseInverseIsGamma } from "./gammaLaws.ts"

const halfLog2PiE = 0.5 * Math.log(2 * Math.PI * Math.E)

/** log Γ(c) − c log d, of which the log density of a gamma law (c, d) has the negative. */
const normaliser = ({ concentration, rate }: GammaLaw): tf.Tensor =>
  tf.sub(lgamma(concentration), tf.mul(concentration, tf.log(rate)))

/**
 * From Weibull(k, λ) to a gamma law (c, d): γ c/k − c log λ + log k + dλ Γ(1 + 1/k) − γ − 1 − c log d + log Γ(c), where γ is Euler's constant
 * (Bauckhage 2014).
 */
const weibullToGamma =
  (read: ReadGamma): ClosedForm =>
  (q, p) => {
    const [shape, scale, law] = [get(q, "concentration"), get(q, "scale"), read(p)]
    const meanLog = tf.sub(tf.log(scale), tf.div(euler, shape))
    const mean = tf.mul(scale, tf.exp(lgamma(tf.add(1, tf.div(1, shape)))))
    const entropyLike = tf.sub(tf.log(shape), 1 + euler)
    return tf.add(
      tf.sub(entropyLike, tf.mul(law.concentration, meanLog)),
      tf.add(tf.mul(law.rate, mean), normaliser(law))
    )
  }

/**
 * From LogNormal(μ, σ) to a gamma law (c, d): −log σ − ½ log 2πe − cμ + d exp(μ + σ²/2) + log Γ(c) − c log d. With `sign` −1 it is that of the
 * inverse of a gamma law: the inverse of q is LogNormal(−μ, σ).
 */
const logNormalToGamma =
  (read: ReadGamma, sign: 1 | -1): ClosedForm =>
  (q, p) => {
    const [loc, scale, law] = [tf.mul(sign, get(q, "loc")), get(q, "scale"), read(p)]
    const mean = tf.exp(tf.add(tf.log(law.rate), tf.add(loc, tf.mul(0.5, tf.square(scale)))))
    const entropy = tf.add(tf.log(scale), halfLog2PiE)
    return tf.add(tf.sub(tf.sub(mean, tf.mul(law.concentration, loc)), entropy), normaliser(law))
  }

/**
 * From a gamma law (a, b) to LogNormal(μ, σ): a ψ(a) − a − log Γ(a) + log σ + ½ log 2π + (ψ₁(a) + (ψ(a) − log b − μ)²)/2σ², since log x has mean
 * ψ(a) − log b and variance ψ₁(a). With `sign` −1 from the inverse of a gamma law.
 */
const gammaToLogNormal =
  (read: ReadGamma, sign: 1 | -1): ClosedForm =>
  (q, p) => {
    const { concentration: a, rate } = read(q)
    const [loc, scale] = [tf.mul(sign, get(p, "loc")), get(p, "scale")]
    const distance = tf.sub(tf.sub(digamma(a), tf.log(rate)), loc)
    const spread = tf.div(tf.add(polygamma(1, a), tf.square(distance)), tf.mul(2, tf.square(scale)))
    const own = tf.sub(tf.mul(a, tf.sub(digamma(a), 1)), lgamma(a))
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
