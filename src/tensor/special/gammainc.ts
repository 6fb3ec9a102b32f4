import * as tf from "@tensorflow/tfjs"
import { UnsupportedKernel } from "../../Errors.ts"
import type { Broadcasts, Joined } from "../ops/broadcast.ts"
import { type Operand, resultOf } from "../ops/Operand.ts"
import { deviance } from "./deviance.ts"
import { opaque } from "./doubled.ts"
import { lgammaNext, logMinusDigamma, logMinusDigammaNext, stirlingOf } from "./gamma.ts"
import { column } from "./polynomial.ts"
import { cutoff, expRestAbove, expRestBelow, integral, pointsTo, reach } from "./quadrature.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * P(a, x) = γ(a, x)/Γ(a), the regularised lower incomplete gamma function, for a > 0 and x ≥ 0: the distribution function of a gamma
 * variable. It has gradients by both arguments.
 *
 * @example
 * ```ts
 * gammainc(2, 3) // => 0.8008517
 * ```
 */
export const gammainc = <A extends Operand, B extends Operand>(a: A, x: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(Gammainc, [a, x]))

/**
 * Q(a, x) = 1 − P(a, x), with its relative accuracy kept where it is small.
 *
 * @example
 * ```ts
 * gammaincc(2, 3) // => 0.1991483
 * ```
 */
export const gammaincc = <A extends Operand, B extends Operand>(a: A, x: B & Broadcasts<A, B>): Joined<A, B> =>
  resultOf(runSpecial(Gammaincc, [a, x]))

/** ∂P(a, x)/∂a, for implicit reparameterization (Figurnov, Mohamed and Mnih, NeurIPS 2018). */
export const gammaincByShape = (a: tf.Tensor | number, x: tf.Tensor | number): tf.Tensor =>
  runSpecial(GammaincByShape, [a, x])

/** The arguments, with x clipped to the range outside of which the result is constant in float32. */
export interface Point {
  readonly a: tf.Tensor
  readonly x: tf.Tensor
  /** whether x is above max(a, 1), where Q is computed and not P */
  readonly above: tf.Tensor
  /** max(a, 1) */
  readonly border: tf.Tensor
}

/** Replaces zero. */
export const leastX = 1e-37

const pointOf = ([a, x]: ReadonlyArray<tf.Tensor>): Point => {
  const shape = a as tf.Tensor
  return pointAt(shape, tf.minimum(x as tf.Tensor, tf.mul(tf.maximum(shape, 20), 10)))
}

/** The same for any x that float32 can square. */
export const pointAt = (a: tf.Tensor, given: tf.Tensor): Point => {
  const x = tf.maximum(given, leastX)
  const border = tf.maximum(a, 1)
  return { a, x, above: tf.greater(x, border), border }
}

/** −log of xᵃ e⁻ˣ/Γ(a + 1), by Stirling's series, as a sum of three numbers: one that may be large, a small one, and log root. */
export const exponent = ({ a: shape, x: given }: Point) => {
  const both = tf.add(shape, given)
  const [a, x] = [opaque(shape, both), opaque(given, both)]
  const { value, rest } = deviance({ value: x, rest: tf.zerosLike(x) }, a)
  const { log, root } = stirlingOf(a)
  return { large: value, small: tf.add(rest, log), root }
}

/** A bound on the small part of an exponent. It is exceeded only if the large part makes the exponential 0, and then ∞ · 0 would be NaN. */
export const most = 80

/** xᵃ e⁻ˣ/Γ(a + 1). At x = 0 it is set to 0, because for a tiny a its value at the smallest x is not 0. */
export const prefactor = (point: Point): tf.Tensor => {
  const { large, small, root } = exponent(point)
  const factor = tf.div(tf.mul(tf.exp(tf.neg(large)), tf.exp(tf.neg(tf.clipByValue(small, -most, most)))), root)
  return tf.where(tf.greater(point.x, leastX), factor, tf.zerosLike(factor))
}

/** The sum or integral, and its derivative by a. */
interface Part {
  readonly value: tf.Tensor
  readonly slope: tf.Tensor
}

const terms = 3

/**
 * M with P = xᵃ e⁻ˣ/Γ(a + 1) · M, for x ≤ max(a, 1): M(a) = 1 + x/(a + 1) · M(a + 1), three times, and then, with t = x e⁻ˢ in the integral that
 * defines P, M(a) = a ∫₀^∞ exp(−(a − x) s − x (s − 1 + e⁻ˢ)) ds. The integrand is log-concave and decreasing.
 */
export const lower = ({ a, x: given, border }: Point): Part => {
  const x = tf.minimum(given, border)
  const shifted = tf.add(a, terms)
  const d = tf.add(tf.sub(a, x), terms)
  const close = reach(d, tf.mul(x, 2 / 3))
  const sure = tf.div(tf.add(x, cutoff), shifted)
  const length = tf.where(tf.less(close, 1), tf.minimum(close, sure), sure)
  const s = pointsTo(length)
  const values = tf.exp(tf.neg(tf.add(tf.mul(column(d), s), tf.mul(column(x), expRestBelow(s)))))
  const total = integral(values, length)
  const moment = integral(tf.mul(values, s), length)
  let value = tf.mul(shifted, total)
  let slope = tf.sub(total, tf.mul(shifted, moment))
  for (let k = terms; k > 0; k--) {
    const next = tf.add(a, k)
    const factor = tf.div(x, next)
    slope = tf.mul(factor, tf.sub(slope, tf.div(value, next)))
    value = tf.add(tf.mul(factor, value), 1)
  }
  return { value, slope }
}

/**
 * N with Q = xᵃ e⁻ˣ/Γ(a) · N, for x ≥ max(a, 1): with t = x eˢ, N(a) = ∫₀^∞ exp(−(x − a) s − x (eˢ − 1 − s)) ds, with a log-concave and decreasing
 * integrand too.
 */
export const upper = ({ a, x: given, border }: Point): Part => {
  const x = tf.maximum(given, border)
  const d = tf.sub(x, a)
  const close = reach(d, x)
  const sure = tf.log1p(tf.div(tf.add(tf.mul(a, close), cutoff), x))
  const length = tf.minimum(close, sure)
  const s = pointsTo(length)
  const values = tf.exp(tf.neg(tf.add(tf.mul(column(d), s), tf.mul(column(x), expRestAbove(s)))))
  return { value: integral(values, length), slope: integral(tf.mul(values, s), length) }
}

/** log P = a log x − log Γ(1 + a) + log(1 + a Σ (−x)ⁿ/(n! (a + n))) for a, x ≤ 1: exact relative to its own size for small a, too. */
export const logBelowOne = (point: Point): tf.Tensor => {
  const [a, x] = [tf.minimum(point.a, 1), tf.minimum(point.x, 1)]
  const n = Float32Array.from({ length: 10 }, (_, i) => i + 1)
  const powers = tf.pow(column(x), tf.tensor1d(n))
  const factorials = n.map(
    (_, i) => (i % 2 === 0 ? -1 : 1) / n.subarray(0, i + 1).reduce((product, k) => product * k, 1)
  )
  const sum = tf.sum(tf.div(tf.mul(powers, tf.tensor1d(factorials)), tf.add(column(a), tf.tensor1d(n))), -1)
  return tf.add(tf.sub(tf.mul(a, tf.log(x)), lgammaNext(a)), tf.log1p(tf.mul(a, sum)))
}

/** x^(a−1) e⁻ˣ/Γ(a) */
const density = (inputs: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  const point = pointOf(inputs)
  return tf.div(tf.mul(point.a, prefactor(point)), point.x)
}

export const Gammainc: Special = {
  kernel: "Gammainc",
  inputs: ["a", "x"],
  forward: (inputs) => {
    const point = pointOf(inputs)
    const factor = prefactor(point)
    const complement = tf.sub(1, tf.mul(tf.mul(point.a, factor), upper(point).value))
    return tf.where(point.above, complement, tf.mul(factor, lower(point).value))
  },
  gradient: byPartials(([a, x]) => [
    () => gammaincByShape(a as tf.Tensor, x as tf.Tensor),
    () => density([a as tf.Tensor, x as tf.Tensor])
  ])
}

export const Gammaincc: Special = {
  kernel: "Gammaincc",
  inputs: ["a", "x"],
  forward: (inputs) => {
    const point = pointOf(inputs)
    const factor = prefactor(point)
    const complement = tf.sub(1, tf.mul(factor, lower(point).value))
    const small = tf.lessEqual(tf.maximum(point.a, point.x), 1)
    const below = tf.where(small, tf.neg(tf.expm1(logBelowOne(point))), complement)
    return tf.where(point.above, tf.mul(tf.mul(point.a, factor), upper(point).value), below)
  },
  gradient: byPartials(([a, x]) => [
    () => tf.neg(gammaincByShape(a as tf.Tensor, x as tf.Tensor)),
    () => tf.neg(density([a as tf.Tensor, x as tf.Tensor]))
  ])
}

/** ∂P/∂a or ∂Q/∂a over xᵃ e⁻ˣ/Γ(a + 1), for the side that is computed. */
export const slopesByShape = (point: Point): { readonly ofP: tf.Tensor; readonly ofQ: tf.Tensor } => {
  const { a, x } = point
  const [below, above] = [lower(point), upper(point)]
  /** log x − ψ(a) */
  const excess = tf.add(logQuotient(x, a), logMinusDigamma(a))
  return {
    ofP: tf.add(tf.mul(tf.add(logQuotient(x, a), logMinusDigammaNext(a)), below.value), below.slope),
    ofQ: tf.mul(a, tf.add(tf.mul(excess, above.value), above.slope))
  }
}

export const GammaincByShape: Special = {
  kernel: "GammaincByShape",
  inputs: ["a", "x"],
  forward: (inputs) => {
    const point = pointOf(inputs)
    const { ofP, ofQ } = slopesByShape(point)
    return tf.mul(prefactor(point), tf.where(point.above, tf.neg(ofQ), ofP))
  },
  gradient: byPartials(() => [() => refuseSecond("GammaincByShape"), () => refuseSecond("GammaincByShape")])
}

/** The log of a quantile below which x is negligible compared with its logarithm. */
const tiny = -80

/**
 * The derivative of log x by a at a fixed P(a, x), −(∂P/∂a)/(x ∂P/∂x), of log x: numerator and denominator are multiples of xᵃ e⁻ˣ/Γ(a), which
 * cancels. So the result is exact in the tails, and for an x that underflows float32.
 */
export const logQuantileSlope = (a: tf.Tensor, logX: tf.Tensor): tf.Tensor => runSpecial(LogQuantileSlope, [a, logX])

export const LogQuantileSlope: Special = {
  kernel: "LogQuantileSlope",
  inputs: ["a", "logX"],
  forward: ([a, logX]) => {
    const [shape, log] = [a as tf.Tensor, logX as tf.Tensor]
    const point = pointOf([shape, tf.exp(tf.clipByValue(log, tiny, 88))])
    const [below, above] = [lower(point), upper(point)]
    const quotient = tf.where(tf.less(log, tiny), tf.sub(log, tf.log(shape)), logQuotient(point.x, shape))
    const ofQ = tf.add(tf.mul(tf.add(quotient, logMinusDigamma(shape)), above.value), above.slope)
    const ofP = tf.add(tf.mul(tf.add(quotient, logMinusDigammaNext(shape)), below.value), below.slope)
    return tf.where(point.above, ofQ, tf.neg(tf.div(ofP, shape)))
  },
  gradient: byPartials(() => [() => refuseSecond("LogQuantileSlope"), () => refuseSecond("LogQuantileSlope")])
}

/** log(x/a), without cancellation near x = a. */
const logQuotient = (x: tf.Tensor, a: tf.Tensor): tf.Tensor => {
  const z = tf.div(tf.sub(x, a), a)
  return tf.where(tf.greater(z, -0.5), tf.log1p(tf.maximum(z, -0.5)), tf.log(tf.div(x, a)))
}

export const refuseSecond = (kernel: string): never => {
  throw new UnsupportedKernel({
    kernel,
    during: "gradients are taken",
    advice:
      "It is a derivative of an incomplete gamma or beta function; second derivatives of those are not known here."
  })
}
