import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../../Errors.ts"
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

/** Refuses laws of different numbers of labels, whose probabilities would broadcast. */
export const mustHaveLabelsOf = (q: Parameters<ClosedForm>[0], p: Parameters<ClosedForm>[0]): void => {
  const [ours = 1, theirs = 1] = [q, p].map((each) => tf.add(get(each, "logProbs"), 0).shape.at(-1))
  if (ours === theirs) return
  throw new ShapeMismatch({
    site: undefined,
    where: "the divergence of two laws of labels",
    expected: [theirs],
    actual: [ours],
    advice: "Give both the same number of labels; one that cannot come up has probability 0."
  })
}

/** KL = λ_q log(λ_q/λₚ) + λₚ − λ_q. */
const poissonPoisson: ClosedForm = (q, p) => deviance(get(q, "rate"), get(p, "rate"), get(p, "logRate"))

/** Of `yes` successes and `no` failures on average, KL = yes (log π_q − log πₚ) + no (log(1 − π_q) − log(1 − πₚ)). */
const odds =
  (yes: Count, no: Count): ClosedForm =>
  (q, p) => {
    const [byYes, byNo] = ratios(q, p)
    return tf.add(timesLog(yes(q), byYes), timesLog(no(q), byNo))
  }

type Count = (q: Parameters<ClosedForm>[0]) => tf.Tensor | number

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
  (q) => tf.mul(get(q, "count"), get(q, "yes")),
  (q) => tf.mul(get(q, "count"), get(q, "no"))
)

const geometricGeometric = odds(
  () => 1,
  (q) => get(q, "failures")
)

const negativeBinomialNegativeBinomial = odds(
  (q) => tf.mul(get(q, "count"), get(q, "ratio")),
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
