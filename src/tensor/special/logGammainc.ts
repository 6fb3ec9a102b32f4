import * as tf from "@tensorflow/tfjs"
import type { Broadcasts, Joined } from "../ops/broadcast.ts"
import { type Operand, resultOf } from "../ops/Operand.ts"
import {
  exponent,
  logBelowOne,
  lower,
  type Point,
  pointAt,
  prefactor,
  refuseSecond,
  slopesByShape,
  upper
} from "./gammainc.ts"
import { log1mexp } from "./logs.ts"
import { byPartials, type Inputs, runSpecial, type Special } from "./Special.ts"

/**
 * log P(a, x), the logarithm of `gammainc`, also if P underflows float32, and exact relative to its own size if P is near 1.
 *
 * @example
 * ```ts
 * logGammainc(1, 2) // => Math.log(1 - Math.exp(-2))
 * ```
 */
export const logGammainc = <A extends Operand, B extends Operand>(a: A, x: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(LogGammainc, [a, x], { upper: false }))

/**
 * log Q(a, x), the logarithm of `gammaincc`, likewise.
 *
 * @example
 * ```ts
 * logGammaincc(1, 200) // => -200
 * ```
 */
export const logGammaincc = <A extends Operand, B extends Operand>(a: A, x: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(LogGammainc, [a, x], { upper: true }))

/** A large number that can still be multiplied by a few numbers in float32. */
const mostX = 1e30

/** A number whose square does not overflow float32; for a larger x, a N is a/x. */
const mostSquared = 1e18

/** a N with Q = xᵃ e⁻ˣ/Γ(a + 1) · a N. */
const timesUpper = (point: Point): tf.Tensor => {
  const x = tf.minimum(point.x, tf.maximum(point.a, mostSquared))
  return tf.mul(tf.mul(point.a, upper({ ...point, x }).value), tf.div(x, point.x))
}

const pointOf = ([a, x]: Inputs): Point => pointAt(a as tf.Tensor, tf.minimum(x as tf.Tensor, mostX))

/** log(xᵃ e⁻ˣ/Γ(a + 1)) */
const logPrefactor = (point: Point): tf.Tensor => {
  const { large, small, root } = exponent(point)
  return tf.neg(tf.add(large, tf.add(small, tf.log(root))))
}

/** P for x above max(a, 1), and Q below: in each case the larger side, except for a small a. */
const farther = (point: Point): { readonly p: tf.Tensor; readonly q: tf.Tensor } => {
  const factor = prefactor(point)
  const q = tf.sub(1, tf.mul(factor, lower(point).value))
  const small = tf.lessEqual(tf.maximum(point.a, point.x), 1)
  return {
    p: tf.sub(1, tf.mul(factor, timesUpper(point))),
    q: tf.where(small, tf.neg(tf.expm1(logBelowOne(point))), q)
  }
}

export const LogGammainc: Special = {
  kernel: "LogGammainc",
  inputs: ["a", "x"],
  forward: (inputs, attrs) => {
    const point = pointOf(inputs)
    const [factor, log] = [prefactor(point), logPrefactor(point)]
    const [m, n] = [lower(point).value, timesUpper(point)]
    const small = tf.lessEqual(tf.maximum(point.a, point.x), 1)
    if (attrs["upper"] === true) {
      const direct = tf.log1p(tf.neg(tf.mul(factor, m)))
      const below = tf.where(small, log1mexp(tf.neg(logBelowOne(point))), direct)
      return tf.where(point.above, tf.add(log, tf.log(n)), below)
    }
    const below = tf.where(small, logBelowOne(point), tf.add(log, tf.log(m)))
    return tf.where(point.above, tf.log1p(tf.neg(tf.mul(factor, n))), below)
  },
  gradient: byPartials(([a, x], _, attrs) =>
    ["a", "x"].map((by) => () => runSpecial(LogGammaincSlope, [a as tf.Tensor, x as tf.Tensor], { ...attrs, by }))
  )
}

/** The derivative of log P or log Q by a or by x. The factor in front of the integrals cancels, so it is exact in the tails. */
export const LogGammaincSlope: Special = {
  kernel: "LogGammaincSlope",
  inputs: ["a", "x"],
  forward: (inputs, { upper: ofUpper, by }) => {
    const point = pointOf(inputs)
    const { a, x, above } = point
    const factor = prefactor(point)
    const { p, q } = farther(point)
    const [m, n] = [lower(point).value, timesUpper(point)]
    const density = tf.div(a, x)
    const { ofP, ofQ } = by === "x" ? { ofP: density, ofQ: tf.neg(density) } : slopesByShape(point)
    const far = (slope: tf.Tensor, side: tf.Tensor): tf.Tensor => tf.neg(tf.div(tf.mul(factor, slope), side))
    return ofUpper === true
      ? tf.where(above, tf.div(ofQ, n), far(ofP, q))
      : tf.where(above, far(ofQ, p), tf.div(ofP, m))
  },
  /** with r = ±(density over the side), r′ = r ((a − 1)/x − 1 − r) */
  gradient: byPartials(([a, x], r, { by }) => [
    () => refuseSecond("LogGammaincSlope"),
    () => {
      if (by !== "x") return refuseSecond("LogGammaincSlope")
      const ofDensity = tf.sub(tf.div(tf.sub(a as tf.Tensor, 1), x as tf.Tensor), 1)
      return tf.mul(r, tf.sub(ofDensity, r))
    }
  ])
}
