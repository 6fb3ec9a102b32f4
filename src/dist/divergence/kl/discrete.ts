import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../../Errors.ts"
import { closeDeviance } from "../../../tensor/special/closeDeviance.ts"
import { insideOf } from "../../../tensor/special/insideOf.ts"
import { timesLog } from "../../../tensor/special/masses.ts"
import { deviance } from "../../formula/countMass.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

/** KL = π (log π − log ρ) + (1 − π) (log(1 − π) − log(1 − ρ)). */
export const bernoulliBernoulli: ClosedForm = (q, p) => {
  const [byYes, byNo] = ratios(q, p)
  return tf.add(timesLog(get(q, "yes"), byYes), timesLog(get(q, "no"), byNo))
}

/** log π_q − log πₚ and log(1 − π_q) − log(1 − πₚ) */
const ratios = (q: Parameters<ClosedForm>[0], p: Parameters<ClosedForm>[0]): readonly [tf.Tensor, tf.Tensor] => [
  tf.sub(get(q, "logYes"), get(p, "logYes")),
  tf.sub(get(q, "logNo"), get(p, "logNo"))
]

/** KL = Σᵢ πᵢ (log πᵢ − log ρᵢ), over the last axis. */
const labels: ClosedForm = (q, p) => {
  mustHaveLabelsOf(q, p)
  return tf.sum(timesLog(get(q, "probs"), tf.sub(get(q, "logProbs"), get(p, "logProbs"))), -1)
}

/** Refuses distributions over different numbers of labels, whose probabilities would broadcast. */
export const mustHaveLabelsOf = (q: Parameters<ClosedForm>[0], p: Parameters<ClosedForm>[0]): void => {
  const [ours = 1, theirs = 1] = [q, p].map((each) => tf.add(get(each, "logProbs"), 0).shape.at(-1))
  if (ours === theirs) return
  throw new ShapeMismatch({
    site: undefined,
    where: "the divergence of two distributions over labels",
    expected: [theirs],
    actual: [ours],
    advice: "Give both the same number of labels; one that cannot come up has probability 0."
  })
}

/** KL = λ_q log(λ_q/λₚ) + λₚ − λ_q. */
const poissonPoisson: ClosedForm = (q, p) => deviance(get(q, "rate"), get(p, "rate"), get(p, "logRate"))

/**
 * `count` times π_q log(π_q/πₚ) + (1 − π_q) log((1 − π_q)/(1 − πₚ)): the sum of the deviances of π_q from πₚ and of 1 − π_q from 1 − πₚ. It is exact
 * for close probabilities, because it uses the difference of the given parameters.
 */
const odds =
  (trials: Trials): ClosedForm =>
  (q, p) => {
    const difference = excessOf(q, p)
    const byYes = closeDeviance(get(q, "yes"), get(p, "yes"), difference)
    const byNo = closeDeviance(get(q, "no"), get(p, "no"), tf.neg(difference))
    return tf.mul(trials(q), tf.add(byYes, byNo))
  }

type Given = Parameters<ClosedForm>[0]
type Trials = (q: Given) => tf.Tensor | number

/** πₚ − π_q, from the given parameters. */
const excessOf = (q: Given, p: Given): tf.Tensor => {
  if (q["probs"] !== undefined && p["probs"] !== undefined) return tf.sub(p["probs"], q["probs"])
  if (q["mean"] !== undefined && p["mean"] !== undefined) {
    const means = tf.div(tf.sub(p["mean"], q["mean"]), get(q, "count"))
    return tf.mul(tf.mul(means, get(q, "no")), get(p, "no"))
  }
  const gap = tf.sub(finite(get(q, "logits")), finite(get(p, "logits")))
  const rising = tf.mul(tf.mul(get(p, "yes"), get(q, "no")), tf.expm1(tf.neg(tf.relu(tf.neg(gap)))))
  const falling = tf.mul(tf.mul(get(p, "no"), get(q, "yes")), tf.expm1(tf.neg(tf.relu(gap))))
  return tf.sub(falling, rising)
}

/** Log odds made finite, so that two infinite ones differ by 0. */
const finite = (logits: tf.Tensor | number): tf.Tensor => tf.clipByValue(tf.add(logits, 0), -1e38, 1e38)

/** A closed form that exists only if both have the same count: the same number or the same tensor. */
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

const geometricGeometric = odds((q) => tf.div(1, get(q, "yes")))

const negativeBinomialNegativeBinomial = odds((q) => tf.div(get(q, "count"), get(q, "no")))

/** KL = Σᵢ πᵢ (log πᵢ − log ρᵢ) as a sum of deviances, which is the same because π and ρ both add up to 1. */
const closeLabels: ClosedForm = (q, p) => {
  mustHaveLabelsOf(q, p)
  const [a, b] = [tf.maximum(get(q, "logProbs"), -80), get(p, "logProbs")]
  const difference = tf.mul(tf.exp(a), tf.expm1(tf.sub(b, a)))
  return tf.sum(closeDeviance(get(q, "probs"), get(p, "probs"), difference), -1)
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
