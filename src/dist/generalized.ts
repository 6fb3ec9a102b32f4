import * as tf from "@tensorflow/tfjs"
import { lbeta } from "../tensor/special/beta.ts"
import { digamma, lgamma, polygamma } from "../tensor/special/gamma.ts"
import { logit } from "../tensor/special/logs.ts"
import { type Param, typed } from "../tensor/Tensor.ts"
import type { Dist } from "./Dist.ts"

/**
 * A draw x = T(ε; θ) from noise that is standardised but still depends weakly on the parameters θ (Ruiz, Titsias and Blei, "The generalized
 * reparameterization gradient", NIPS 2016): an alternative to implicit reparameterization for families without a known derivative of the cdf. With c
 * the value of f(x) and ε = T⁻¹(x; θ), both taken as constants, the gradient of f(T(ε; θ)) + c·log p(ε; θ) is an unbiased estimate of that of
 * E[f(x)].
 */
export interface Generalized {
  /** T⁻¹(x; θ) */
  readonly noiseOf: (x: tf.Tensor) => tf.Tensor
  /** T(ε; θ) */
  readonly valueOf: (noise: tf.Tensor) => tf.Tensor
  /** log p(ε; θ), the log density of the noise, one number for each */
  readonly logDensity: (noise: tf.Tensor) => tf.Tensor
}

/**
 * For Gamma(concentration, rate): the noise is log x less its mean ψ(concentration) − log rate, divided by its standard deviation √ψ₁(concentration).
 *
 * @param concentration, rate above 0: numbers, or tensors that broadcast to the draws
 * @example
 * ```ts
 * const { noiseOf, valueOf } = generalizedGamma(2, 3)
 * valueOf(noiseOf(tf.scalar(0.7))) // => 0.7
 * ```
 */
export const generalizedGamma = (concentration: Param, rate: Param): Generalized => {
  const { noiseOf, valueOf, logSpread } = standardised(
    () => tf.sub(digamma(concentration), tf.log(rate)),
    () => polygamma(1, concentration)
  )
  return {
    noiseOf: (x) => noiseOf(tf.log(x)),
    valueOf: (noise) => tf.exp(valueOf(noise)),
    logDensity: (noise) => {
      const log = tf.add(valueOf(noise), tf.log(rate))
      const density = tf.sub(tf.sub(tf.mul(concentration, log), tf.exp(log)), lgamma(concentration))
      return tf.add(density, logSpread())
    }
  }
}

/**
 * For Beta(concentration1, concentration0): the noise is logit x less its mean ψ(concentration1) − ψ(concentration0), divided by its standard
 * deviation, the root of ψ₁(concentration1) + ψ₁(concentration0).
 *
 * @param concentration1, concentration0 above 0: numbers, or tensors that broadcast to the draws
 * @example
 * ```ts
 * const { noiseOf, valueOf } = generalizedBeta(2, 3)
 * valueOf(noiseOf(tf.scalar(0.7))) // => 0.7
 * ```
 */
export const generalizedBeta = (concentration1: Param, concentration0: Param): Generalized => {
  const { noiseOf, valueOf, logSpread } = standardised(
    () => tf.sub(digamma(concentration1), digamma(concentration0)),
    () => tf.add(polygamma(1, concentration1), polygamma(1, concentration0))
  )
  return {
    noiseOf: (x) => noiseOf(logit(x)),
    valueOf: (noise) => tf.sigmoid(valueOf(noise)),
    logDensity: (noise) => {
      const odds = valueOf(noise)
      const one = tf.mul(concentration1, tf.neg(tf.softplus(tf.neg(odds))))
      const zero = tf.mul(concentration0, tf.neg(tf.softplus(odds)))
      return tf.add(tf.sub(tf.add(one, zero), lbeta(concentration1, concentration0)), logSpread())
    }
  }
}

/** Such a draw of a distribution, if its family has one here. */
export const generalizedOf = ({ family, parameters }: Dist): Generalized | undefined => {
  const parameter = (name: string): Param => {
    const value = parameters()[name]
    if (value === undefined) throw new RangeError(`${family} has no parameter '${name}'`)
    return typeof value === "number" ? value : typed(value)
  }
  if (family === "Gamma") return generalizedGamma(parameter("concentration"), parameter("rate"))
  return family === "Beta" ? generalizedBeta(parameter("concentration1"), parameter("concentration0")) : undefined
}

/** Standardises a variable by its mean and standard deviation, and undoes it. */
const standardised = (mean: () => tf.Tensor, variance: () => tf.Tensor) => ({
  noiseOf: (y: tf.Tensor): tf.Tensor => tf.div(tf.sub(y, mean()), tf.sqrt(variance())),
  valueOf: (noise: tf.Tensor): tf.Tensor => tf.add(mean(), tf.mul(noise, tf.sqrt(variance()))),
  logSpread: (): tf.Tensor => tf.mul(0.5, tf.log(variance()))
})
