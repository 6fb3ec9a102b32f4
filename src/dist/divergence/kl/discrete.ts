import * as tf from "@tensorflow/tfjs"
import { closeDeviance } from "../../../tensor/special/closeDeviance.ts"
import { insideOf } from "../../../tensor/special/insideOf.ts"
import { deviance } from "../../formula/countMass.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** KL = π(λ_q − λₚ) − log(1 + e^λ_q) + log(1 + e^λₚ), with λ the logits and π = sigmoid(λ_q). */
export const bernoulliBernoulli: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "logits"), get(p, "logits")]
  return tf.add(tf.mul(tf.sigmoid(a), tf.sub(a, b)), tf.sub(tf.softplus(b), tf.softplus(a)))
}

/** KL = Σᵢ πᵢ (log πᵢ − log ρᵢ), over the last axis. */
const labels: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "logProbs"), get(p, "logProbs")]
  return tf.sum(tf.mul(tf.exp(a), tf.sub(a, b)), -1)
}

/** KL = λ_q log(λ_q/λₚ) + λₚ − λ_q. */
const poissonPoisson: ClosedForm = (q, p) => deviance(get(q, "rate"), get(p, "rate"), get(p, "logRate"))

/**
 * So many times π_q log(π_q/πₚ) + (1 − π_q) log((1 − π_q)/(1 − πₚ)), which are the deviances of π_q from πₚ and of 1 − π_q from 1 − πₚ: exact where these are
 * close, from the difference of what was given.
 */
const odds =
  (trials: Trials): ClosedForm =>
  (q, p) => {
    const [mine, other] = [sharesOf(q), sharesOf(p)]
    const difference = excessOf(mine, other)
    const byYes = closeDeviance(mine.yes, other.yes, difference)
    const byNo = closeDeviance(mine.no, other.no, tf.neg(difference))
    return tf.mul(trials(q, mine), tf.add(byYes, byNo))
  }

type Given = Parameters<ClosedForm>[0]
type Trials = (q: Given, shares: Shares) => Value
type Value = tf.Tensor | number

/** π and 1 − π, and what they come from. */
interface Shares {
  readonly yes: Value
  readonly no: Value
  readonly logits: Value
  readonly given: Given
}

const sharesOf = (given: Given): Shares => {
  const [logits, { probs }] = [get(given, "logits"), given]
  const no = probs === undefined ? tf.sigmoid(tf.neg(logits)) : tf.sub(1, probs)
  return { yes: probs ?? tf.sigmoid(logits), no, logits, given }
}

/** πₚ − π_q */
const excessOf = (q: Shares, p: Shares): tf.Tensor => {
  const { probs, mean, count } = q.given
  if (probs !== undefined && p.given["probs"] !== undefined) return tf.sub(p.yes, q.yes)
  if (mean !== undefined && count !== undefined && p.given["mean"] !== undefined) {
    const means = tf.div(tf.sub(p.given["mean"], mean), count)
    return tf.mul(tf.mul(means, q.no), p.no)
  }
  return tf.neg(tf.mul(tf.mul(p.yes, q.no), tf.expm1(tf.sub(q.logits, p.logits))))
}

/** A form that holds where both have one count, the same number or the same tensor; otherwise there is none. */
const ofOneCount =
  (form: ClosedForm): ClosedForm =>
  (q, p) =>
    get(q, "count") === get(p, "count") ? form(q, p) : undefined

const perTrial =
  (form: ClosedForm): ClosedForm =>
  (q, p) => {
    const value = form(q, p)
    return value === undefined ? undefined : tf.mul(get(q, "count"), value)
  }

const binomialBinomial = odds((q) => get(q, "count"))

const geometricGeometric = odds((_, { yes }) => tf.div(1, yes))

const negativeBinomialNegativeBinomial = odds((q, { no }) => tf.div(get(q, "count"), no))

/** KL = Σᵢ πᵢ (log πᵢ − log ρᵢ) as deviances, which add up to it because both shares add up to 1. */
const closeLabels: ClosedForm = (q, p) => {
  const [a, b] = [tf.maximum(get(q, "logProbs"), -80), get(p, "logProbs")]
  const difference = tf.mul(tf.exp(a), tf.expm1(tf.sub(b, a)))
  return tf.sum(closeDeviance(tf.exp(get(q, "logProbs")), tf.exp(b), difference), -1)
}

/** KL = log(nₚ/n_q) for q inside p, and ∞ otherwise. */
const discreteUniformDiscreteUniform: ClosedForm = (q, p) => {
  const [a, b, c, d] = [get(q, "low"), get(q, "high"), get(p, "low"), get(p, "high")]
  const inside = tf.add(
    insideOf(tf.sub(a, c), 0, Number.POSITIVE_INFINITY),
    insideOf(tf.sub(d, b), 0, Number.POSITIVE_INFINITY)
  )
  const [widthQ, widthP] = [tf.add(tf.sub(b, a), 1), tf.add(tf.sub(d, c), 1)]
  return tf.sub(tf.sub(tf.log(widthP), tf.log(widthQ)), inside)
}

export const discrete = {
  "Bernoulli‖Bernoulli": bernoulliBernoulli,
  "Categorical‖Categorical": labels,
  "OneHotCategorical‖OneHotCategorical": labels,
  "Multinomial‖Multinomial": ofOneCount(perTrial(closeLabels)),
  "Poisson‖Poisson": poissonPoisson,
  "Geometric‖Geometric": geometricGeometric,
  "Binomial‖Binomial": ofOneCount(binomialBinomial),
  "NegativeBinomial‖NegativeBinomial": ofOneCount(negativeBinomialNegativeBinomial),
  "DiscreteUniform‖DiscreteUniform": discreteUniformDiscreteUniform
} as const satisfies ClosedForms
