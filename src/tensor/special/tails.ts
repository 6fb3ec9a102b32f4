import * as tf from "@tensorflow/tfjs"
import { log1mexp } from "./logs.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

type Value = tf.Tensor | number

/** log p of two probabilities p + q = 1, from the smaller one, which is exact. At p = 0 it is −∞ with gradient 0. */
export const logShare = (p: Value, q: Value): tf.Tensor => runSpecial(LogShare, [p, q])

/** The same from log p and log q; if q is 0, the gradient is that of log p. */
export const exactLog = (logP: Value, logQ: Value): tf.Tensor => runSpecial(ExactLog, [logP, logQ])

/**
 * log(F(b) − F(a)) for a ≤ b from the logarithms of F and of 1 − F at both: as a difference in the nearer tail, or as 1 less both tails if the median
 * lies between a and b. It is −∞, with gradient 0, if the difference rounds to 0.
 */
export const logBetween = (logCdfA: Value, logSurvivalA: Value, logCdfB: Value, logSurvivalB: Value): tf.Tensor =>
  runSpecial(LogBetween, [logCdfA, logSurvivalA, logCdfB, logSurvivalB])

/** log(−log p) from log p and log q with p + q = 1, also if p rounds to 1. The quantiles of the Gumbel and the Weibull distribution use it. */
export const logNegLog = (logP: Value, logQ: Value): tf.Tensor => runSpecial(LogNegLog, [logP, logQ])

const both = (inputs: ReadonlyArray<tf.Tensor>): readonly [tf.Tensor, tf.Tensor] => [
  inputs[0] as tf.Tensor,
  inputs[1] as tf.Tensor
]

/** x, or 0 if a condition is false. */
const only = (condition: tf.Tensor, x: tf.Tensor): tf.Tensor => tf.where(condition, x, tf.zerosLike(x))

export const LogShare: Special = {
  kernel: "LogShare",
  inputs: ["p", "q"],
  forward: (inputs) => {
    const [p, q] = both(inputs)
    return tf.where(tf.less(p, q), tf.log(p), tf.log1p(tf.neg(tf.minimum(q, 0.5))))
  },
  gradient: byPartials((inputs) => {
    const [p, q] = both(inputs)
    const zero = (): tf.Tensor => tf.add(tf.zerosLike(p), tf.zerosLike(q))
    return [
      () => only(tf.logicalAnd(tf.less(p, q), tf.greater(p, 0)), tf.add(tf.reciprocal(tf.maximum(p, least)), zero())),
      () => only(tf.greaterEqual(p, q), tf.add(tf.neg(tf.reciprocal(tf.sub(1, tf.minimum(q, 0.5)))), zero()))
    ]
  })
}

/** The smallest positive number that float32 represents in full precision. */
const least = 2 ** -126

export const ExactLog: Special = {
  kernel: "ExactLog",
  inputs: ["logP", "logQ"],
  forward: (inputs) => {
    const [logP, logQ] = both(inputs)
    return tf.where(tf.less(logP, logQ), tf.add(logP, tf.zerosLike(logQ)), log1mexp(distance(logQ)))
  },
  gradient: byPartials((inputs) => {
    const [logP, logQ] = both(inputs)
    const zero = (): tf.Tensor => tf.add(tf.zerosLike(logP), tf.zerosLike(logQ))
    const fromP = tf.logicalOr(tf.less(logP, logQ), tf.equal(logQ, Number.NEGATIVE_INFINITY))
    return [
      () => only(fromP, tf.add(1, zero())),
      () => only(tf.logicalNot(fromP), tf.add(tf.neg(tf.reciprocal(tf.expm1(distance(logQ)))), zero()))
    ]
  })
}

/** −log q for a q of up to ½, or a little more by rounding. */
const distance = (logQ: tf.Tensor): tf.Tensor => tf.neg(tf.minimum(logQ, -0.6))

const half = -Math.LN2

export const LogBetween: Special = {
  kernel: "LogBetween",
  inputs: ["logCdfA", "logSurvivalA", "logCdfB", "logSurvivalB"],
  forward: (inputs) => {
    const [logCdfA, logSurvivalA, logCdfB, logSurvivalB] = inputs as Four
    const lower = tf.add(logCdfB, log1mexp(gap(logCdfB, logCdfA)))
    const upper = tf.add(logSurvivalA, log1mexp(gap(logSurvivalA, logSurvivalB)))
    const middle = tf.log1p(tf.neg(tf.add(tf.exp(logCdfA), tf.exp(logSurvivalB))))
    const { inLower, inUpper } = sidesOf(inputs)
    return tf.where(inLower, lower, tf.where(inUpper, upper, middle))
  },
  gradient: byPartials((inputs, y) => {
    const { inLower, inUpper } = sidesOf(inputs)
    const inMiddle = tf.logicalNot(tf.logicalOr(inLower, inUpper))
    const some = tf.greater(y, Number.NEGATIVE_INFINITY)
    /** the fraction e^(log − y) of the difference */
    const part = (i: number, where: ReadonlyArray<tf.Tensor>) => () => {
      const finite = tf.where(some, y, tf.zerosLike(y))
      const holds = tf.logicalAnd(some, where.reduce(tf.logicalOr))
      return only(holds, tf.exp(tf.minimum(tf.sub(inputs[i] as tf.Tensor, finite), 88)))
    }
    return [
      () => tf.neg(part(0, [inLower, inMiddle])()),
      part(1, [inUpper]),
      part(2, [inLower]),
      () => tf.neg(part(3, [inUpper, inMiddle])())
    ]
  })
}

type Four = readonly [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]

/** Whether the whole interval lies below the median, or above it. */
const sidesOf = (inputs: ReadonlyArray<tf.Tensor>) => {
  const [logCdfA, logSurvivalA, logCdfB, logSurvivalB] = inputs as Four
  const zero = tf.mul(0, tf.add(tf.zerosLike(logCdfA), tf.zerosLike(logCdfB)))
  const all = tf.add(zero, tf.add(tf.zerosLike(logSurvivalA), tf.zerosLike(logSurvivalB)))
  return {
    inLower: tf.lessEqual(tf.add(logCdfB, all), half),
    inUpper: tf.lessEqual(tf.add(logSurvivalA, all), half)
  }
}

const most = 3e38

/** a − b ≥ 0, and 0 if both are −∞. */
const gap = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.relu(tf.sub(tf.maximum(a, -most), tf.maximum(b, -most)))

export const LogNegLog: Special = {
  kernel: "LogNegLog",
  inputs: ["logP", "logQ"],
  forward: (inputs) => {
    const [logP, logQ] = both(inputs)
    const q = tf.exp(tf.clipByValue(logQ, -60, -0.6))
    const near = tf.add(logQ, tf.log(tf.div(tf.neg(tf.log1p(tf.neg(q))), q)))
    return tf.where(tf.less(logP, logQ), tf.log(tf.maximum(tf.neg(logP), 0.6)), near)
  },
  gradient: byPartials((inputs) => {
    const [logP, logQ] = both(inputs)
    const zero = (): tf.Tensor => tf.add(tf.zerosLike(logP), tf.zerosLike(logQ))
    return [
      () => only(tf.less(logP, logQ), tf.add(tf.reciprocal(tf.minimum(logP, -0.6)), zero())),
      () => {
        const q = tf.exp(tf.clipByValue(logQ, -60, -0.6))
        const slope = tf.div(q, tf.mul(tf.neg(tf.log1p(tf.neg(q))), tf.sub(1, q)))
        return only(tf.greaterEqual(logP, logQ), tf.add(slope, zero()))
      }
    ]
  })
}
