import * as tf from "@tensorflow/tfjs"
import { byPartials, runSpecial, type Special, vanishing } from "./Special.ts"
import { constantOf } from "./withGradient.ts"

/** log p for a probability p that may be 0, at which it is −∞. Unlike that of `tf.log`, its gradient is 0 (not NaN) if the gradient of its output is 0. */
export const logMass = (p: tf.Tensor | number): tf.Tensor => runSpecial(LogMass, [p])

/**
 * log(1 − p) for a probability that may be 1, the same way; exact for small p.
 */
export const logOtherMass = (p: tf.Tensor | number): tf.Tensor => runSpecial(LogOtherMass, [p])

/**
 * x·log, and 0 at x = 0 for every `log`: the product of a count or a probability x and a log probability that may be −∞. If x = 0 and log = −∞, as in
 * the −p log p of an entropy at p = 0, its gradient by x is set to 0 and not to −∞. So the gradient is 0 for a probability that a softmax rounds to
 * 0.
 */
export const timesLog = (x: tf.Tensor | number, log: tf.Tensor | number): tf.Tensor => runSpecial(TimesLog, [x, log])

/**
 * The log mass of x ∈ {0, 1} for a coin of the given log odds, which may be infinite: x·logits − log(1 + exp(logits)), with the gradient of this
 * formula by x.
 */
export const coinLogMass = (x: tf.Tensor | number, logits: tf.Tensor | number): tf.Tensor =>
  runSpecial(CoinLogMass, [x, logits])

/** log Σ wᵢ exp(xᵢ) along the last axis, for weights from 0. The gradient by a weight is exp(xᵢ − the result), also for a weight of 0. */
export const logWeightedSum = (weights: tf.Tensor, x: tf.Tensor): tf.Tensor => {
  const top = constantOf(tf.max(tf.add(x, logMass(weights)), -1, true))
  return logFrom(tf.squeeze(top, [top.rank - 1]), tf.sum(above(weights, x, top), -1))
}

/**
 * log(v exp(x) + w exp(y)) for weights from 0, the same way.
 */
export const logOfTwo = (
  v: tf.Tensor | number,
  x: tf.Tensor | number,
  w: tf.Tensor | number,
  y: tf.Tensor | number
): tf.Tensor => {
  const top = constantOf(tf.maximum(tf.add(x, logMass(v)), tf.add(y, logMass(w))))
  return logFrom(top, tf.add(above(v, x, top), above(w, y, top)))
}

/**
 * (1 − α)(b − a) for logarithms a and b of probabilities that may be 0: the difference αa + (1 − α)b − a, from the distribution a to the one between
 * a and b. It is 0 if a is −∞, because an impossible label stays impossible; for α > 1 it is also 0 if b is −∞.
 */
export const logStep = (a: tf.Tensor | number, b: tf.Tensor | number, alpha: number): tf.Tensor =>
  runSpecial(LogStep, [a, b], { alpha })

const most = 3e38

/** w exp(x − top), whose exponential may overflow float32 if w is 0. */
const above = (w: tf.Tensor | number, x: tf.Tensor | number, top: tf.Tensor): tf.Tensor =>
  tf.mul(w, tf.exp(tf.minimum(tf.sub(x, tf.clipByValue(top, -most, most)), 88)))

/** top + log sum. The sum is about 1, unless all logarithms are −∞: then the result is −∞, with gradient 0. */
const logFrom = (top: tf.Tensor, sum: tf.Tensor): tf.Tensor => tf.add(tf.log(tf.maximum(sum, 1e-30)), top)

export const LogMass: Special = {
  kernel: "LogMass",
  inputs: ["p"],
  forward: ([p]) => tf.log(p as tf.Tensor),
  gradient: vanishing(([p]) => tf.reciprocal(p as tf.Tensor))
}

export const LogOtherMass: Special = {
  kernel: "LogOtherMass",
  inputs: ["p"],
  forward: ([p]) => tf.log1p(tf.neg(p as tf.Tensor)),
  gradient: vanishing(([p]) => tf.neg(tf.reciprocal(tf.sub(1, p as tf.Tensor))))
}

/** `log`, but 0 if x = 0 and the logarithm is infinite. */
const counted = (x: tf.Tensor, log: tf.Tensor): tf.Tensor => {
  const none = tf.logicalAnd(tf.equal(x, 0), tf.logicalNot(tf.less(tf.abs(log), Number.POSITIVE_INFINITY)))
  return tf.where(none, tf.zerosLike(log), log)
}

export const TimesLog: Special = {
  kernel: "TimesLog",
  inputs: ["x", "log"],
  forward: ([x, log]) => tf.mul(x as tf.Tensor, counted(x as tf.Tensor, log as tf.Tensor)),
  gradient: byPartials(([x, log]) => [() => counted(x as tf.Tensor, log as tf.Tensor), () => x as tf.Tensor])
}

export const LogStep: Special = {
  kernel: "LogStep",
  inputs: ["a", "b"],
  forward: ([a, b], { alpha }) => {
    const [from, to] = [a as tf.Tensor, b as tf.Tensor]
    const step = tf.mul(1 - Number(alpha), tf.sub(to, from))
    const never = (x: tf.Tensor): tf.Tensor => tf.equal(x, Number.NEGATIVE_INFINITY)
    const stays = Number(alpha) < 1 ? never(from) : tf.logicalOr(never(from), never(to))
    return tf.where(stays, tf.zerosLike(step), step)
  },
  gradient: byPartials(([a, b], _, { alpha }) => [
    () => tf.fill((a as tf.Tensor).shape, Number(alpha) - 1),
    () => tf.fill((b as tf.Tensor).shape, 1 - Number(alpha))
  ])
}

export const CoinLogMass: Special = {
  kernel: "CoinLogMass",
  inputs: ["x", "logits"],
  forward: ([x, logits]) => tf.neg(tf.softplus(tf.mul(tf.sub(1, tf.mul(x as tf.Tensor, 2)), logits as tf.Tensor))),
  gradient: byPartials(([x, logits]) => [
    () => tf.add(logits as tf.Tensor, tf.zerosLike(x as tf.Tensor)),
    () => tf.sub(x as tf.Tensor, tf.sigmoid(logits as tf.Tensor))
  ])
}
