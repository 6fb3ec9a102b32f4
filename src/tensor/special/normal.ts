import * as tf from "@tensorflow/tfjs"
import { resultOf } from "../ops/Operand.ts"
import type { Unary } from "../ops/ofOne.ts"
import { erfNear, expOfSquare, scaledErfc } from "./erf.ts"
import { rational } from "./polynomial.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * log Φ(x), the log of the standard normal distribution function, in nats; for x → −∞ it goes as −x²/2 − log(−x √2π).
 *
 * @example
 * ```ts
 * logNdtr(-2) // => -3.7831843
 * ```
 */
export const logNdtr: Unary = (x) => resultOf(runSpecial(LogNdtr, [x]))

/**
 * Φ⁻¹(p), the standard normal quantile, for 0 < p < 1; −∞ at 0, ∞ at 1, NaN outside.
 *
 * @example
 * ```ts
 * ndtri(0.975) // => 1.959964
 * ```
 */
export const ndtri: Unary = (p) => resultOf(runSpecial(Ndtri, [p]))

/** Φ⁻¹(p) from log p and log(1 − p), of which the smaller is used: also if p or 1 − p underflows float32. */
export const ndtriOfLogs = (logP: tf.Tensor | number, logQ: tf.Tensor | number): tf.Tensor =>
  runSpecial(NdtriOfLogs, [logP, logQ])

/**
 * The inverse of `erf` on (−1, 1), ±∞ at ±1, NaN outside.
 *
 * @example
 * ```ts
 * erfinv(0.5) // => 0.4769363
 * ```
 */
export const erfinv: Unary = (x) => resultOf(runSpecial(Erfinv, [x]))

const half = Math.SQRT1_2

/** 1 − Φ(a) for a ≥ 0. */
const upper = (a: tf.Tensor): tf.Tensor => {
  const far = tf.clipByValue(a, 0.75, 15)
  const tail = tf.mul(expOfSquare(far, 0.5), tf.mul(scaledErfc(tf.mul(far, half)), 0.5))
  const near = tf.sub(0.5, tf.mul(erfNear(tf.mul(tf.minimum(a, 0.75), half)), 0.5))
  return tf.where(tf.less(a, 0.75), near, tail)
}

export const LogNdtr: Special = {
  kernel: "LogNdtr",
  inputs: ["x"],
  forward: ([given]) => {
    const x = given as tf.Tensor
    const a = tf.abs(x)
    const q = upper(a)
    const near = tf.where(tf.greater(x, 0), tf.log1p(tf.neg(q)), tf.log(tf.maximum(q, 0.1)))
    const far = tf.maximum(a, 1)
    const tail = tf.sub(tf.log(tf.mul(scaledErfc(tf.mul(far, half)), 0.5)), tf.mul(tf.square(far), 0.5))
    return tf.where(tf.less(x, -1), tail, near)
  },
  /** φ/Φ */
  gradient: byPartials(([given]) => [
    () => {
      const x = given as tf.Tensor
      const a = tf.abs(x)
      const tail = tf.div(Math.sqrt(2 / Math.PI), scaledErfc(tf.mul(tf.maximum(a, 1), half)))
      const q = upper(a)
      const cdf = tf.where(tf.greater(x, 0), tf.sub(1, q), tf.maximum(q, 0.1))
      const density = tf.mul(expOfSquare(tf.minimum(a, 15), 0.5), 1 / Math.sqrt(2 * Math.PI))
      return tf.where(tf.less(x, -1), tail, tf.div(density, cdf))
    }
  ])
}

/** z/(p − ½) in (p − ½)² for |p − ½| ≤ 0.35, to 3e-11. */
const central = {
  p: [2.50662827, -16.5202494, 30.3895431, -11.9810989, -1.5427826],
  q: [1, -7.63782354, 17.8190789, -12.1012749]
}

/** z in r = √(−2 log(1 − p)) for 1.9 ≤ r ≤ 13.25, to 3e-9. */
const tail = {
  p: [-3.08350442, -5.92774795, 3.10417949, 3.1241248, 0.343668211],
  q: [1, 4.54455118, 3.13878888, 0.343419241, 2.76099969e-6]
}

/** The quantile from y = p − ½ or from the tail probability q, each used where it is exact. */
const quantile = (y: tf.Tensor, q: tf.Tensor): tf.Tensor => {
  const near = tf.clipByValue(y, -0.35, 0.35)
  const r = tf.sqrt(tf.mul(tf.log(tf.clipByValue(q, 1.2e-38, 0.16)), -2))
  const end = tf.where(tf.less(q, 0), tf.fill(r.shape, Number.NaN), tf.fill(r.shape, Number.POSITIVE_INFINITY))
  const far = tf.where(tf.greater(q, 0), rational(r, tail), end)
  const middle = tf.mul(near, rational(tf.square(near), central))
  return tf.where(tf.less(tf.abs(y), 0.35), middle, tf.mul(tf.sign(y), far))
}

/** 1/φ(z) at the quantile z: from the tail probability q and the hazard, because z is not exact enough to be squared. */
const quantileSlope = (y: tf.Tensor, q: tf.Tensor, z: tf.Tensor): tf.Tensor => {
  const a = tf.abs(z)
  const near = tf.exp(tf.mul(tf.square(tf.minimum(a, 1.5)), 0.5))
  const far = tf.div(scaledErfc(tf.mul(tf.maximum(a, 1), half)), tf.mul(q, 2))
  return tf.mul(tf.where(tf.less(tf.abs(y), 0.35), near, far), Math.sqrt(2 * Math.PI))
}

export const Ndtri: Special = {
  kernel: "Ndtri",
  inputs: ["p"],
  forward: ([given]) => {
    const p = given as tf.Tensor
    return quantile(tf.sub(p, 0.5), tf.minimum(p, tf.sub(1, p)))
  },
  gradient: byPartials(([given], z) => [
    () => {
      const p = given as tf.Tensor
      return quantileSlope(tf.sub(p, 0.5), tf.minimum(p, tf.sub(1, p)), z)
    }
  ])
}

/**
 * z > 0 with log(1 − Φ(z)) = l for l below log 1e-38, as the fixed point of z² = 2 log(e^(z²/2) (1 − Φ(z))) − 2l. Each step reduces the error by a
 * factor of about z².
 */
const farthest = (l: tf.Tensor): tf.Tensor =>
  [1, 2, 3, 4].reduce<tf.Tensor>(
    (z) => tf.sqrt(tf.mul(2, tf.sub(tf.log(tf.mul(scaledErfc(tf.mul(z, half)), 0.5)), l))),
    tf.sqrt(tf.mul(-2, l))
  )

export const NdtriOfLogs: Special = {
  kernel: "NdtriOfLogs",
  inputs: ["logP", "logQ"],
  forward: ([logP, logQ]) => {
    const l = tf.minimum(tf.minimum(logP as tf.Tensor, logQ as tf.Tensor), -Math.LN2)
    const y = tf.mul(-0.5, tf.expm1(tf.add(l, Math.LN2)))
    const a = tf.where(tf.less(l, logEnd), farthest(tf.minimum(l, logEnd)), quantile(y, tf.exp(tf.maximum(l, logEnd))))
    return tf.where(tf.less(logP as tf.Tensor, logQ as tf.Tensor), tf.neg(a), a)
  },
  /** the side over the density */
  gradient: byPartials(([logP, logQ], z) => {
    const isLower = tf.less(logP as tf.Tensor, logQ as tf.Tensor)
    const slope = (): tf.Tensor => {
      const l = tf.minimum(tf.minimum(logP as tf.Tensor, logQ as tf.Tensor), -Math.LN2)
      const a = tf.abs(z)
      const near = tf.mul(tf.exp(l), tf.exp(tf.mul(tf.square(tf.minimum(a, 1.5)), 0.5)))
      const far = tf.mul(scaledErfc(tf.mul(tf.maximum(a, 1), half)), 0.5)
      return tf.mul(tf.where(tf.less(a, 1), near, far), Math.sqrt(2 * Math.PI))
    }
    return [
      () => tf.where(isLower, slope(), tf.zerosLike(z)),
      () => tf.where(isLower, tf.zerosLike(z), tf.neg(slope()))
    ]
  })
}

/** From this logarithm on, float32 can represent the probability itself. */
const logEnd = -85

export const Erfinv: Special = {
  kernel: "Erfinv",
  inputs: ["x"],
  forward: ([given]) => {
    const x = given as tf.Tensor
    return tf.mul(quantile(tf.mul(x, 0.5), tf.mul(tf.sub(1, tf.abs(x)), 0.5)), half)
  },
  gradient: byPartials(([given], y) => [
    () => {
      const x = given as tf.Tensor
      const slope = quantileSlope(tf.mul(x, 0.5), tf.mul(tf.sub(1, tf.abs(x)), 0.5), tf.mul(y, Math.SQRT2))
      return tf.mul(slope, half / 2)
    }
  ])
}
