import * as tf from "@tensorflow/tfjs"
import { erf } from "../../../tensor/special/erf.ts"
import { asymmetricLaplaceStatistics } from "../../AsymmetricLaplace.ts"
import { betaEntropy } from "../../Beta.ts"
import { exponentialStatistics } from "../../Exponential.ts"
import { atLeast } from "../../formula/bounds.ts"
import { entropyOf } from "../../formula/continuousBernoulliFormulas.ts"
import type { ExpectedStatistics, Value } from "../../formula/expectedStatistics.ts"
import { gumbelStatistics } from "../../Gumbel.ts"
import { halfNormalStatistics } from "../../HalfNormal.ts"
import { kumaraswamyEntropy } from "../../Kumaraswamy.ts"
import { laplaceStatistics } from "../../Laplace.ts"
import { logisticStatistics } from "../../Logistic.ts"
import { logNormalStatistics } from "../../LogNormal.ts"
import { paretoStatistics } from "../../Pareto.ts"
import { triangularStatistics } from "../../Triangular.ts"
import { uniformStatistics } from "../../Uniform.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/*
 * Pairs of different families: KL(q‖p) = −E_q[log p(x)] − H(q), where log p is a simple function of x whose mean under q is known.
 */

type Given = Readonly<Record<string, Value>>

type StatisticsOf = (q: Given) => ExpectedStatistics

const halfLog2Pi = 0.5 * Math.log(2 * Math.PI)

const laplace: StatisticsOf = (q) => laplaceStatistics(get(q, "loc"), get(q, "scale"))
const asymmetricLaplace: StatisticsOf = (q) =>
  asymmetricLaplaceStatistics(get(q, "loc"), get(q, "scale"), get(q, "asymmetry"))
const logistic: StatisticsOf = (q) => logisticStatistics(get(q, "loc"), get(q, "scale"))
const gumbel: StatisticsOf = (q) => gumbelStatistics(get(q, "loc"), get(q, "scale"))
const exponential: StatisticsOf = (q) => exponentialStatistics(get(q, "rate"))
const halfNormal: StatisticsOf = (q) => halfNormalStatistics(get(q, "scale"))
const logNormal: StatisticsOf = (q) => logNormalStatistics(get(q, "loc"), get(q, "scale"))
const pareto: StatisticsOf = (q) => paretoStatistics(get(q, "scale"), get(q, "concentration"))
const uniform: StatisticsOf = (q) => uniformStatistics(get(q, "low"), get(q, "high"))
const triangular: StatisticsOf = (q) => triangularStatistics(get(q, "low"), get(q, "high"), get(q, "peak"))

/** −E[log p] = log σ + ½ log 2π + (Var x + (E[x] − μ)²)/2σ². */
const toNormal =
  (of: StatisticsOf): ClosedForm =>
  (q, p) =>
    normalFrom(of(q), get(p, "loc"), get(p, "scale"), get(p, "logScale"))

const normalFrom = (
  { entropy, mean, variance }: ExpectedStatistics,
  loc: Value,
  scale: Value,
  logScale: Value
): tf.Tensor => {
  const squares = tf.add(tf.div(variance(), tf.square(scale)), tf.square(tf.div(tf.sub(mean(), loc), scale)))
  return tf.sub(tf.add(tf.mul(0.5, squares), tf.add(logScale, halfLog2Pi)), entropy())
}

/** −E[log p] = log σ + ½ log(π/2) + E[x²]/2σ². */
const toHalfNormal =
  (of: StatisticsOf): ClosedForm =>
  (q, p) =>
    tf.sub(normalFrom(of(q), 0, get(p, "scale"), tf.log(get(p, "scale"))), Math.LN2)

/** −E[log p] = rate·E[x] − log rate. */
const toExponential =
  (of: StatisticsOf): ClosedForm =>
  (q, p) => {
    const { entropy, mean } = of(q)
    return tf.sub(tf.sub(tf.mul(get(p, "rate"), mean()), tf.log(get(p, "rate"))), entropy())
  }

/** −log of q's variable is a Gumbel variable; log of p's variable is normal. */
const toLogNormal =
  (minusLog: StatisticsOf): ClosedForm =>
  (q, p) =>
    normalFrom(minusLog(q), tf.neg(get(p, "loc")), get(p, "scale"), tf.log(get(p, "scale")))

const weibullLog: StatisticsOf = (q) =>
  gumbelStatistics(tf.neg(tf.log(get(q, "scale"))), tf.div(1, get(q, "concentration")))
const exponentialLog: StatisticsOf = (q) => gumbelStatistics(tf.log(get(q, "rate")), 1)

/** E|x − m| = σ√(2/π)·e^(−½z²) + d·erf(z/√2) with d = μ − m and z = d/σ. */
const normalLaplace: ClosedForm = (q, p) => {
  const [scale, other] = [get(q, "scale"), get(p, "scale")]
  const d = tf.sub(get(q, "loc"), get(p, "loc"))
  const z = tf.div(d, scale)
  const near = tf.mul(tf.mul(Math.sqrt(2 / Math.PI), scale), tf.exp(tf.mul(-0.5, tf.square(z))))
  const distance = tf.add(near, tf.mul(d, erf(tf.mul(Math.SQRT1_2, z))))
  const scales = tf.sub(tf.log(other), get(q, "logScale"))
  return tf.add(tf.div(distance, other), tf.add(scales, Math.LN2 - halfLog2Pi - 0.5))
}

/** E|x − m| from the distances of the bounds on either side of m. */
const uniformLaplace: ClosedForm = (q, p) => {
  const [loc, other] = [get(p, "loc"), get(p, "scale")]
  const [low, high] = [tf.sub(get(q, "low"), loc), tf.sub(get(q, "high"), loc)]
  const side = (far: tf.Tensor, near: tf.Tensor): tf.Tensor => tf.mul(tf.sub(far, near), tf.add(far, near))
  const above = side(tf.relu(high), tf.relu(low))
  const below = side(tf.relu(tf.neg(low)), tf.relu(tf.neg(high)))
  const width = tf.sub(get(q, "high"), get(q, "low"))
  const distance = tf.div(tf.add(above, below), tf.mul(2, width))
  return tf.add(tf.div(distance, other), tf.add(tf.sub(tf.log(other), tf.log(width)), Math.LN2))
}

/** E[e⁻ᶻ] is a difference of exponentials over the width of z. */
const uniformGumbel: ClosedForm = (q, p) => {
  const scale = get(p, "scale")
  const low = tf.div(tf.sub(get(q, "low"), get(p, "loc")), scale)
  const width = tf.div(tf.sub(get(q, "high"), get(q, "low")), scale)
  const power = tf.mul(tf.exp(tf.neg(low)), tf.div(tf.neg(tf.expm1(tf.neg(width))), width))
  return tf.sub(tf.add(tf.add(low, tf.mul(0.5, width)), power), tf.log(width))
}

/** Infinite if the lower bound of a uniform q is below 0. */
const ifPositive =
  (closedForm: ClosedForm): ClosedForm =>
  (q, p) => {
    const value = closedForm(q, p)
    return value && tf.sub(value, atLeast(get(q, "low"), 0))
  }

interface Bounded {
  readonly entropy: Value
  readonly low: Value
  readonly high: Value
}

/** −E[log p] = log(highₚ − lowₚ); infinite if a part of q lies outside of p. */
const toUniform =
  (of: (q: Given) => Bounded): ClosedForm =>
  (q, p) => {
    const { entropy, low, high } = of(q)
    const inside = tf.add(atLeast(low, get(p, "low")), atLeast(get(p, "high"), high))
    return tf.sub(tf.sub(tf.log(tf.sub(get(p, "high"), get(p, "low"))), entropy), inside)
  }

const between =
  (of: StatisticsOf) =>
  (q: Given): Bounded => ({ entropy: of(q).entropy(), low: get(q, "low"), high: get(q, "high") })

const continuousBernoulli = (q: Given): Bounded => ({ entropy: entropyOf(get(q, "logits")), low: 0, high: 1 })

const kumaraswamy = (q: Given): Bounded => ({
  entropy: kumaraswamyEntropy(get(q, "concentration1"), get(q, "concentration0")),
  low: 0,
  high: 1
})

const beta = (q: Given): Bounded => ({
  entropy: betaEntropy(get(q, "concentration1"), get(q, "concentration0")),
  low: 0,
  high: 1
})

export const acrossFamilies = {
  "Laplace‖Normal": toNormal(laplace),
  "AsymmetricLaplace‖Normal": toNormal(asymmetricLaplace),
  "Logistic‖Normal": toNormal(logistic),
  "Gumbel‖Normal": toNormal(gumbel),
  "Exponential‖Normal": toNormal(exponential),
  "HalfNormal‖Normal": toNormal(halfNormal),
  "Uniform‖Normal": toNormal(uniform),
  "Triangular‖Normal": toNormal(triangular),
  "Exponential‖HalfNormal": toHalfNormal(exponential),
  "Uniform‖HalfNormal": ifPositive(toHalfNormal(uniform)),
  "Pareto‖HalfNormal": toHalfNormal(pareto),
  "HalfNormal‖Exponential": toExponential(halfNormal),
  "LogNormal‖Exponential": toExponential(logNormal),
  "Pareto‖Exponential": toExponential(pareto),
  "Uniform‖Exponential": ifPositive(toExponential(uniform)),
  "Weibull‖LogNormal": toLogNormal(weibullLog),
  "Exponential‖LogNormal": toLogNormal(exponentialLog),
  "Normal‖Laplace": normalLaplace,
  "Uniform‖Laplace": uniformLaplace,
  "Uniform‖Gumbel": uniformGumbel,
  "Uniform‖Uniform": toUniform(between(uniform)),
  "Triangular‖Uniform": toUniform(between(triangular)),
  "ContinuousBernoulli‖Uniform": toUniform(continuousBernoulli),
  "Kumaraswamy‖Uniform": toUniform(kumaraswamy),
  "Beta‖Uniform": toUniform(beta)
} as const satisfies ClosedForms
