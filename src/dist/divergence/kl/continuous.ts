import * as tf from "@tensorflow/tfjs"
import { lgamma } from "../../../tensor/special/gamma.ts"
import { logQuotient } from "../../../tensor/special/logQuotient.ts"
import { log1mexp } from "../../../tensor/special/logs.ts"
import { splitAt } from "../../../tensor/special/splitAt.ts"
import { atLeast } from "../../formula/bounds.ts"
import { meanLogDensity, meanOf } from "../../formula/continuousBernoulliFormulas.ts"
import { euler } from "../../formula/euler.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"
import { cost, logRatio } from "./cost.ts"
import { normal } from "./normal.ts"

type Value = tf.Tensor | number
type Given = Readonly<Record<string, Value>>

/** KL = |d|/bₚ + r·e^(−|d|/b_q) − 1 − log r, with d the distance of the locations and r = b_q/bₚ. */
const laplaceLaplace: ClosedForm = (q, p) => {
  const [mine, other] = [get(q, "scale"), get(p, "scale")]
  const d = tf.abs(tf.sub(get(q, "loc"), get(p, "loc")))
  const distance = tf.add(d, tf.mul(mine, tf.expm1(tf.neg(tf.div(d, mine)))))
  return tf.add(tf.div(distance, other), cost(logRatio(mine, other)))
}

const exponentialExponential: ClosedForm = (q, p) => cost(logRatio(get(p, "rate"), get(q, "rate")))

const halfNormalHalfNormal: ClosedForm = (q, p) =>
  tf.mul(0.5, cost(tf.mul(2, logRatio(get(q, "scale"), get(p, "scale")))))

/** The logarithms are normal, and a divergence does not change under a bijection of both variables. */
const logNormalLogNormal: ClosedForm = (q, p) => normal["Normal‖Normal"](withLogScale(q), withLogScale(p))
export const withLogScale = (given: Given): Given => ({ ...given, logScale: tf.log(get(given, "scale")) })

/** KL = log(((γ_q + γₚ)² + d²)/(4γ_qγₚ)) (Chyzak and Nielsen 2019). */
const cauchyCauchy: ClosedForm = (q, p) => cauchy(q, p, tf.sub(get(q, "loc"), get(p, "loc")))
const halfCauchyHalfCauchy: ClosedForm = (q, p) => cauchy(q, p, 0)
const cauchy = (q: Given, p: Given, d: Value): tf.Tensor => {
  const [mine, other] = [get(q, "scale"), get(p, "scale")]
  const distance = tf.add(tf.square(tf.sub(mine, other)), tf.square(d))
  return tf.log1p(tf.div(tf.div(distance, tf.mul(4, mine)), other))
}

/** An extreme-value distribution: that of a Gumbel variable, or of a variable whose −log is a Gumbel variable. */
interface Extreme {
  /** e to minus the location, or the location itself: whichever is a given parameter, so that differences of locations are exact */
  readonly life?: Value
  readonly loc?: Value
  /** 1/scale */
  readonly shape: Value
}
type View = (given: Given) => Extreme

const gumbel: View = (given) => ({ loc: get(given, "loc"), shape: tf.div(1, get(given, "scale")) })
const weibull: View = (given) => ({ life: get(given, "scale"), shape: get(given, "concentration") })
const exponential: View = (given) => ({ life: tf.div(1, get(given, "rate")), shape: 1 })

const distance = (q: Extreme, p: Extreme): tf.Tensor =>
  q.life === undefined || p.life === undefined ? tf.sub(q.loc ?? 0, p.loc ?? 0) : logQuotient(p.life, q.life)

/** KL = δ − log κ + γ(κ − 1) + e^(−δ)·Γ(1 + κ) − 1 with κ = β_q/βₚ and δ = (μ_q − μₚ)/βₚ (Bauckhage 2013, for the Weibull distribution). */
const extremes =
  (viewOfQ: View, viewOfP: View): ClosedForm =>
  (q, p) => {
    const [mine, other] = [viewOfQ(q), viewOfP(p)]
    const ratio = tf.div(other.shape, mine.shape)
    const shift = tf.mul(distance(mine, other), other.shape)
    const power = tf.expm1(tf.sub(lgamma(tf.add(1, ratio)), shift))
    const shapes = tf.sub(tf.mul(euler, tf.sub(ratio, 1)), logQuotient(other.shape, mine.shape))
    return tf.add(tf.add(power, shift), shapes)
  }

/** KL = αₚ log(s_q/sₚ) + r − 1 − log r with r = αₚ/α_q; infinite if the lower bound of q is below that of p. */
const paretoPareto: ClosedForm = (q, p) => {
  const [mine, other] = [get(q, "concentration"), get(p, "concentration")]
  const begin = tf.mul(other, logRatio(get(q, "scale"), get(p, "scale")))
  return tf.sub(tf.add(begin, cost(logRatio(other, mine))), atLeast(get(q, "scale"), get(p, "scale")))
}

/**
 * KL = E_q[log q] − E_q[log p]. For two densities that are highest at the same bound, it is the KL of exponential distributions of the rates |λ|,
 * plus a correction for the truncation at the other bound.
 */
const continuousBernoullis: ClosedForm = (q, p) => {
  const [mine, other] = [tf.add(get(q, "logits"), 0), tf.add(get(p, "logits"), 0)]
  const [size, theirs] = [tf.maximum(tf.abs(mine), 1), tf.maximum(tf.abs(other), 1)]
  const cut = tf.sub(log1mexp(theirs), log1mexp(size))
  const distance = meanOf(tf.neg(size))
  const far = tf.add(tf.add(cut, logRatio(size, theirs)), tf.mul(tf.sub(theirs, size), distance))
  const near = tf.sub(meanLogDensity(mine, mine), meanLogDensity(mine, other))
  const unlessLow = splitAt(tf.maximum(mine, other), { low: -1 }, { below: far, inside: near })
  return splitAt(tf.minimum(mine, other), { high: 1 }, { inside: unlessLow, above: far })
}

export const continuous = {
  "Laplace‖Laplace": laplaceLaplace,
  "Exponential‖Exponential": exponentialExponential,
  "HalfNormal‖HalfNormal": halfNormalHalfNormal,
  "LogNormal‖LogNormal": logNormalLogNormal,
  "Cauchy‖Cauchy": cauchyCauchy,
  "HalfCauchy‖HalfCauchy": halfCauchyHalfCauchy,
  "Gumbel‖Gumbel": extremes(gumbel, gumbel),
  "Weibull‖Weibull": extremes(weibull, weibull),
  "Weibull‖Exponential": extremes(weibull, exponential),
  "Exponential‖Weibull": extremes(exponential, weibull),
  "Pareto‖Pareto": paretoPareto,
  "ContinuousBernoulli‖ContinuousBernoulli": continuousBernoullis
} as const satisfies ClosedForms
