import * as tf from "@tensorflow/tfjs"
import { betainc, betaincc } from "../tensor/special/betainc.ts"
import { logBetainc, logBetaincc } from "../tensor/special/logBetainc.ts"
import { logaddexp, logit } from "../tensor/special/logs.ts"
import { logMass, logOfTwo, logOtherMass } from "../tensor/special/masses.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import type { Param } from "../tensor/Tensor.ts"

/** A probability, given by its log odds or by itself. */
export type Odds<A extends Param = Param> =
  | { readonly logits: A; readonly probs?: undefined }
  | { readonly probs: A; readonly logits?: undefined }

export const oddsConstraints = { logits: "real", probs: "probability" } as const

/** log(p/(1 − p)) */
export const logOddsOf = ({ logits, probs }: Odds): tf.Tensor | number => logits ?? logit(probs)

/**
 * A probability p and 1 − p, and the logarithms of both. All are computed from the given parameter, so that they and their gradients are right at 0
 * and 1 too.
 */
export type Coin = Readonly<Record<"yes" | "no" | "logYes" | "logNo", tf.Tensor | number>>

export const coinOf = ({ logits, probs }: Odds): Coin => {
  if (probs === undefined)
    return { yes: tf.sigmoid(logits), no: tf.sigmoid(tf.neg(logits)), logYes: logYes(logits), logNo: logNo(logits) }
  if (typeof probs === "number")
    return { yes: probs, no: 1 - probs, logYes: Math.log(probs), logNo: Math.log1p(-probs) }
  return { yes: probs, no: tf.sub(1, probs), logYes: logMass(probs), logNo: logOtherMass(probs) }
}

/** log(p exp(x) + (1 − p) exp(y)) */
export const logOfEither = (odds: Odds, x: tf.Tensor | number, y: tf.Tensor | number): tf.Tensor => {
  const { yes, no, logYes: a, logNo: b } = coinOf(odds)
  return odds.probs === undefined ? logaddexp(tf.add(a, x), tf.add(b, y)) : logOfTwo(yes, x, no, y)
}

/** log p from the log odds of p, exact for p near 0 and near 1. */
export const logYes = (logits: tf.Tensor | number): tf.Tensor => tf.neg(logaddexp(0, tf.neg(logits)))

/** log(1 − p) from the log odds of p. */
export const logNo = (logits: tf.Tensor | number): tf.Tensor => tf.neg(logaddexp(0, logits))

type Value = tf.Tensor | number
type Incomplete = (a: Value, b: Value, x: Value) => tf.Tensor

/**
 * I₁₋ₚ(a, b), the probability of fewer than b successes before a failures, and its tails: from p or 1 − p, whichever is the smaller. Where p is 1e-6,
 * 1 − p is rounded by 6 % of it.
 */
export const fewerSuccesses = (a: Value, b: Value, { yes, no }: Pick<Coin, "yes" | "no">) => {
  const from = (rare: Incomplete, common: Incomplete) => (): tf.Tensor =>
    splitAt(yes, { high: 0.5 }, { inside: rare(b, a, yes), above: common(a, b, no) })
  return {
    cdf: from(betaincc, betainc),
    logCdf: from(logBetaincc, logBetainc),
    logSurvival: from(logBetainc, logBetaincc)
  }
}
