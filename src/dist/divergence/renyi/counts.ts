import * as tf from "@tensorflow/tfjs"
import { insideOf } from "../../../tensor/special/insideOf.ts"
import { logSumExp } from "../../../tensor/special/logSumExp.ts"
import { logStep } from "../../../tensor/special/masses.ts"
import { deviance } from "../../formula/countMass.ts"
import { get } from "../kl/closedForm.ts"
import { discrete, mustHaveLabelsOf } from "../kl/discrete.ts"
import { ifPositive, least, type RenyiForm, type RenyiForms, throughMember } from "./member.ts"

type Value = tf.Tensor | number

/** Log rates are natural parameters. */
const poissonPoisson: RenyiForm = (q, p, alpha) => {
  const step = logStep(get(q, "logRate"), get(p, "logRate"), alpha)
  const m = { rate: tf.mul(get(q, "rate"), tf.exp(step)), logRate: tf.add(get(q, "logRate"), step) }
  return throughMember(q, p, m, alpha, discrete["Poisson‖Poisson"])
}

/** D(x, y) = x log(x/y) + y − x, from log x and log y: the contribution of each probability to KL, which is a sum of numbers ≥ 0. */
const part = (x: Value, y: Value): tf.Tensor => deviance(tf.exp(x), tf.exp(y), y)

/** Log probabilities [..., n] are natural parameters, up to a constant. Infinite if no label is possible under both. */
const ofLogs = (a: tf.Tensor, b: tf.Tensor, alpha: number): tf.Tensor | undefined => {
  const mixed = tf.add(a, logStep(a, b, alpha))
  // relative to the sum of a, which is 1 up to rounding, so that the divergence of a distribution from itself is 0
  const sum = tf.clipByValue(tf.sub(logSumExp(mixed, -1, true), logSumExp(a, -1, true)), -most, most)
  const value = throughMember<tf.Tensor>(a, b, tf.sub(mixed, sum), alpha, (x, y) => tf.sum(part(x, y), -1))
  return value && tf.sub(value, tf.squeeze(insideOf(sum, -most, most, { inclusive: false }), [sum.rank - 1]))
}

const most = 3e38

const labels: RenyiForm = (q, p, alpha) => {
  mustHaveLabelsOf(q, p)
  return ofLogs(tf.add(get(q, "logProbs"), 0), tf.add(get(p, "logProbs"), 0), alpha)
}

/** A coin has two labels. */
const odds: RenyiForm = (q, p, alpha) => {
  const [a, b] = [q, p].map((each) => tf.stack([tf.add(get(each, "logNo"), 0), tf.add(get(each, "logYes"), 0)], -1))
  return a && b && ofLogs(a, b, alpha)
}

/** The logarithms of the probability that the next trial is the last one, and that it is not. */
type Trials = readonly [end: Value, goOn: Value]

/** KL of two numbers of trials: that of two coins, times the expected number of trials 1/π. */
const untilEnd = (x: Trials, y: Trials): tf.Tensor => tf.div(tf.add(part(x[0], y[0]), part(x[1], y[1])), tf.exp(x[0]))

/**
 * The number of failures before a success of probability π. The natural parameter is log(1 − π). With s the step from the parameter of q to that of
 * m, π_m = π_q − (1 − π_q)(eˢ − 1). Infinite if π_m is not positive.
 */
const trials = (q: Trials, p: Trials, alpha: number): tf.Tensor | undefined => {
  const step = logStep(q[1], p[1], alpha)
  const share = tf.sub(1, tf.mul(tf.exp(tf.sub(q[1], q[0])), tf.expm1(step)))
  const m: Trials = [tf.add(q[0], tf.log(tf.maximum(share, least))), tf.add(q[1], step)]
  const value = throughMember<Trials>(q, p, m, alpha, untilEnd)
  return value && tf.sub(value, ifPositive(share))
}

const geometricGeometric: RenyiForm = (q, p, alpha) =>
  trials([get(q, "logYes"), get(q, "logNo")], [get(p, "logYes"), get(p, "logNo")], alpha)

/** The number of successes before the `count`-th failure. */
const negativeBinomialNegativeBinomial: RenyiForm = (q, p, alpha) =>
  trials([get(q, "logNo"), get(q, "logYes")], [get(p, "logNo"), get(p, "logYes")], alpha)

/** For `count` trials; both sides must have the same number or the same tensor as count. */
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
