import * as tf from "@tensorflow/tfjs"
import { insideOf } from "../../../tensor/special/insideOf.ts"
import { deviance } from "../../formula/countMass.ts"
import { logNo, logYes } from "../../Odds.ts"
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

/** Of `yes` successes and `no` failures on average, KL = yes (log π_q − log πₚ) + no (log(1 − π_q) − log(1 − πₚ)). */
const odds =
  (yes: Count, no: Count): ClosedForm =>
  (q, p) => {
    const [a, b] = [get(q, "logits"), get(p, "logits")]
    const [byYes, byNo] = [tf.sub(logYes(a), logYes(b)), tf.sub(logNo(a), logNo(b))]
    return tf.add(tf.mul(yes(q, a), byYes), tf.mul(no(q, a), byNo))
  }

type Count = (q: Parameters<ClosedForm>[0], logits: tf.Tensor | number) => tf.Tensor | number

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

const binomialBinomial = odds(
  (q, logits) => tf.mul(get(q, "count"), tf.sigmoid(logits)),
  (q, logits) => tf.mul(get(q, "count"), tf.sigmoid(tf.neg(logits)))
)

const geometricGeometric = odds(
  () => 1,
  (_, logits) => tf.exp(tf.neg(logits))
)

const negativeBinomialNegativeBinomial = odds(
  (q, logits) => tf.mul(get(q, "count"), tf.exp(logits)),
  (q) => get(q, "count")
)

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
  "Multinomial‖Multinomial": ofOneCount(perTrial(labels)),
  "Poisson‖Poisson": poissonPoisson,
  "Geometric‖Geometric": geometricGeometric,
  "Binomial‖Binomial": ofOneCount(binomialBinomial),
  "NegativeBinomial‖NegativeBinomial": ofOneCount(negativeBinomialNegativeBinomial),
  "DiscreteUniform‖DiscreteUniform": discreteUniformDiscreteUniform
} as const satisfies ClosedForms
