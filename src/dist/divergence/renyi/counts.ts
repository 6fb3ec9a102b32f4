import * as tf from "@tensorflow/tfjs"
import { deviance } from "../../formula/countMass.ts"
import { normalised } from "../../formula/label.ts"
import { logNo, logYes } from "../../Odds.ts"
import { get } from "../kl/closedForm.ts"
import { discrete } from "../kl/discrete.ts"
import { ifPositive, least, mix, type RenyiForm, type RenyiForms, throughMember } from "./member.ts"

type Value = tf.Tensor | number

/** Log rates are natural parameters. */
const poissonPoisson: RenyiForm = (q, p, alpha) => {
  const step = tf.mul(1 - alpha, tf.sub(get(p, "logRate"), get(q, "logRate")))
  const m = { rate: tf.mul(get(q, "rate"), tf.exp(step)), logRate: tf.add(get(q, "logRate"), step) }
  return throughMember(q, p, m, alpha, discrete["Poisson‖Poisson"])
}

/** D(x, y) = x log(x/y) + y − x for exp of these logarithms: what each probability adds to KL, a sum of numbers ≥ 0. */
const part = (x: Value, y: Value): tf.Tensor => deviance(tf.exp(x), tf.exp(y), y)

/** Log probabilities are natural parameters, up to a constant. */
const labels: RenyiForm = (q, p, alpha) => {
  const [a, b] = [tf.add(get(q, "logProbs"), 0), tf.add(get(p, "logProbs"), 0)]
  return throughMember<tf.Tensor>(a, b, normalised(mix(a, b, alpha)), alpha, (x, y) => tf.sum(part(x, y), -1))
}

/** KL of two coins from their log odds. */
const coins = (a: Value, b: Value): tf.Tensor => tf.add(part(logYes(a), logYes(b)), part(logNo(a), logNo(b)))

/** Log odds are natural parameters. */
const odds: RenyiForm = (q, p, alpha) => {
  const [a, b] = [get(q, "logits"), get(p, "logits")]
  return throughMember<Value>(a, b, mix(a, b, alpha), alpha, coins)
}

/**
 * Numbers of failures before a success of probability π: log(1 − π) is the natural parameter, so that with s the step from q's to m's
 * π_m = π_q − (1 − π_q)(eˢ − 1), and 1/π trials are what is expected. Infinite where π_m is not positive.
 */
const trials = (a: Value, b: Value, alpha: number): tf.Tensor | undefined => {
  const step = tf.mul(1 - alpha, tf.sub(logNo(b), logNo(a)))
  const share = tf.sub(1, tf.mul(tf.exp(tf.neg(a)), tf.expm1(step)))
  const m = tf.sub(tf.add(a, tf.log(tf.maximum(share, least))), step)
  const value = throughMember<Value>(a, b, m, alpha, (x, y) => tf.div(coins(x, y), tf.sigmoid(x)))
  return value && tf.sub(value, ifPositive(share))
}

const geometricGeometric: RenyiForm = (q, p, alpha) => trials(get(q, "logits"), get(p, "logits"), alpha)

/** Numbers of successes before a failure, `count` times. */
const negativeBinomialNegativeBinomial: RenyiForm = (q, p, alpha) =>
  trials(tf.neg(get(q, "logits")), tf.neg(get(p, "logits")), alpha)

/** For `count` trials, which have to be the same number or the same tensor. */
const times =
  (form: RenyiForm): RenyiForm =>
  (q, p, alpha) => {
    const value = get(q, "count") === get(p, "count") ? form(q, p, alpha) : undefined
    return value && tf.mul(get(q, "count"), value)
  }

export const counts = {
  "Bernoulli‖Bernoulli": odds,
  "StraightThroughBernoulli‖Bernoulli": odds,
  "StraightThroughBernoulli‖StraightThroughBernoulli": odds,
  "Binomial‖Binomial": times(odds),
  "Categorical‖Categorical": labels,
  "OneHotCategorical‖OneHotCategorical": labels,
  "Multinomial‖Multinomial": times(labels),
  "Poisson‖Poisson": poissonPoisson,
  "Geometric‖Geometric": geometricGeometric,
  "NegativeBinomial‖NegativeBinomial": times(negativeBinomialNegativeBinomial)
} as const satisfies RenyiForms
