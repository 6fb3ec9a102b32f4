import * as tf from "@tensorflow/tfjs"
import { insideOf } from "../../../tensor/special/insideOf.ts"
import { logSumExp } from "../../../tensor/special/logSumExp.ts"
import { deviance } from "../../formula/countMass.ts"
import { logNo, logYes } from "../../Odds.ts"
import { get } from "../kl/closedForm.ts"
import { discrete, mustHaveLabelsOf } from "../kl/discrete.ts"
import { ifPositive, least, type RenyiForm, type RenyiForms, throughMember } from "./member.ts"

type Value = tf.Tensor | number

/**
 * The way from q's log mass to m's, (1 − α)(log p − log q). What q cannot give, neither can m; nor what p cannot give, for α < 1. (For α > 1
 * the divergence is then infinite whatever m is.)
 */
const stepOf = (a: Value, b: Value, alpha: number): tf.Tensor => {
  const step = tf.mul(1 - alpha, tf.sub(b, a))
  const impossible = alpha < 1 ? tf.equal(a, none) : tf.logicalOr(tf.equal(a, none), tf.equal(b, none))
  return tf.where(impossible, tf.zerosLike(step), step)
}

const none = Number.NEGATIVE_INFINITY

/** Log rates are natural parameters. */
const poissonPoisson: RenyiForm = (q, p, alpha) => {
  const step = stepOf(get(q, "logRate"), get(p, "logRate"), alpha)
  const m = { rate: tf.mul(get(q, "rate"), tf.exp(step)), logRate: tf.add(get(q, "logRate"), step) }
  return throughMember(q, p, m, alpha, discrete["Poisson‖Poisson"])
}

/** D(x, y) = x log(x/y) + y − x for exp of these logarithms: what each probability adds to KL, a sum of numbers ≥ 0. */
const part = (x: Value, y: Value): tf.Tensor => deviance(tf.exp(x), tf.exp(y), y)

/** Log probabilities [..., n] are natural parameters, up to a constant. Infinite where nothing can come up under both. */
const ofLogs = (a: tf.Tensor, b: tf.Tensor, alpha: number): tf.Tensor | undefined => {
  const mixed = tf.add(a, stepOf(a, b, alpha))
  const sum = tf.clipByValue(logSumExp(mixed, -1, true), -most, most)
  const value = throughMember<tf.Tensor>(a, b, tf.sub(mixed, sum), alpha, (x, y) => tf.sum(part(x, y), -1))
  return value && tf.sub(value, tf.squeeze(insideOf(sum, -most, most, { inclusive: false }), [sum.rank - 1]))
}

const most = 3e38

const labels: RenyiForm = (q, p, alpha) => {
  mustHaveLabelsOf(q, p)
  return ofLogs(tf.add(get(q, "logProbs"), 0), tf.add(get(p, "logProbs"), 0), alpha)
}

/** KL of two coins from their log odds. */
const coins = (a: Value, b: Value): tf.Tensor => tf.add(part(logYes(a), logYes(b)), part(logNo(a), logNo(b)))

/** A coin has two labels. */
const odds: RenyiForm = (q, p, alpha) => {
  const [a, b] = [q, p].map((each) => tf.stack([tf.add(get(each, "logNo"), 0), tf.add(get(each, "logYes"), 0)], -1))
  return a && b && ofLogs(a, b, alpha)
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
