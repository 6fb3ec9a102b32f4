import * as tf from "@tensorflow/tfjs"
import { halfLog2Pi, logMinusDigamma, stirlingRestOf } from "./gamma.ts"
import { leastX, logMinusDigammaNext, refuseSecond } from "./gammainc.ts"
import { column } from "./polynomial.ts"
import { cutoff, expRestAbove, expRestBelow, integral, logCurve, pointsTo, reach } from "./quadrature.ts"
import { byPartials, type Inputs, runSpecial, type Special } from "./Special.ts"

type Value = tf.Tensor | number

/**
 * Iₓ(a, b), the regularised incomplete beta function, for a, b > 0 and 0 ≤ x ≤ 1: the distribution function of a beta variable. It has
 * gradients by all three arguments.
 *
 * @example
 * ```ts
 * betainc(2, 3, 0.5) // => 0.6875
 * ```
 */
export const betainc = (a: Value, b: Value, x: Value): tf.Tensor => runSpecial(Betainc, [a, b, x])

/** ∂Iₓ(a, b)/∂a and ∂Iₓ(a, b)/∂b: what implicit reparameterization needs. */
export const betaincByA = (a: Value, b: Value, x: Value): tf.Tensor => runSpecial(BetaincByA, [a, b, x])
export const betaincByB = (a: Value, b: Value, x: Value): tf.Tensor => runSpecial(BetaincByB, [a, b, x])

/**
 * The arguments, mirrored where x lies above the mean a/(a + b), so that x ≤ a/(a + b) and I is the smaller side; `y` is 1 − x, and
 * `d` = a y − b x ≥ 0.
 */
interface Point {
  readonly mirrored: tf.Tensor
  readonly a: tf.Tensor
  readonly b: tf.Tensor
  readonly x: tf.Tensor
  readonly y: tf.Tensor
  readonly d: tf.Tensor
}

const pointOf = ([a, b, x]: Inputs): Point => {
  const [left, right, low] = [a as tf.Tensor, b as tf.Tensor, tf.clipByValue(x as tf.Tensor, leastX, 1)]
  const high = tf.sub(1, low)
  const lost = tf.sub(tf.sub(1, high), low)
  const [p, q] = [product(left, high), product(right, low)]
  const d = tf.add(tf.sub(p.value, q.value), tf.add(tf.sub(p.rest, q.rest), tf.mul(left, lost)))
  const mirrored = tf.less(d, 0)
  const either = (one: tf.Tensor, other: tf.Tensor): tf.Tensor => tf.where(mirrored, other, one)
  const least = tf.maximum(high, leastX)
  return {
    mirrored,
    a: either(left, right),
    b: either(right, left),
    x: either(low, least),
    y: either(least, low),
    d: tf.abs(d)
  }
}

/** A product and what rounding took from it (Dekker, Numerische Mathematik 18, 1971). */
const product = (a: tf.Tensor, b: tf.Tensor): { readonly value: tf.Tensor; readonly rest: tf.Tensor } => {
  const value = tf.mul(a, b)
  const [[a1, a2], [b1, b2]] = [halves(a), halves(b)]
  const outer = tf.sub(tf.mul(a1, b1), value)
  return { value, rest: tf.add(tf.add(tf.add(outer, tf.mul(a1, b2)), tf.mul(a2, b1)), tf.mul(a2, b2)) }
}

/** A number as two of twelve bits. */
const halves = (x: tf.Tensor): readonly [tf.Tensor, tf.Tensor] => {
  const wide = tf.mul(x, 4097)
  const high = tf.sub(wide, tf.sub(wide, x))
  return [high, tf.sub(x, high)]
}

/** a (log(1 + z) − z) where z = d/a and `log` is log(1 + z), without cancellation for small z. */
const logExcess = (d: tf.Tensor, a: tf.Tensor, log: tf.Tensor): tf.Tensor => {
  const z = tf.div(d, a)
  const near = tf.logicalAnd(tf.greater(z, -0.5), tf.less(z, 1))
  const curved = tf.mul(tf.div(tf.square(d), a), logCurve(tf.clipByValue(z, -0.5, 1)))
  return tf.where(near, tf.neg(curved), tf.sub(tf.mul(a, log), d))
}

/** log(x (a + b)/a) and log(y (a + b)/b), 0 at the mean. */
const logQuotients = ({ a, b, x, d }: Point): readonly [tf.Tensor, tf.Tensor] => {
  const z = tf.neg(tf.div(d, a))
  const direct = tf.log(tf.mul(x, tf.div(tf.add(a, b), a)))
  return [tf.where(tf.greater(z, -0.5), tf.log1p(tf.maximum(z, -0.5)), direct), tf.log1p(tf.div(d, b))]
}

/** xᵃ yᵇ/(a B(a, b)), by Stirling's series; 0 at x = 0. */
const prefactor = (point: Point): tf.Tensor => {
  const { a, b, d } = point
  const [ofX, ofY] = logQuotients(point)
  const left = logExcess(tf.neg(d), a, ofX)
  const right = logExcess(d, b, ofY)
  const total = tf.add(a, b)
  const rests = tf.sub(stirlingRestOf(total), tf.add(stirlingRestOf(a), stirlingRestOf(b)))
  const exponent = tf.add(tf.add(left, right), tf.sub(rests, halfLog2Pi))
  const factor = tf.mul(tf.exp(exponent), tf.sqrt(tf.div(b, tf.mul(a, total))))
  return tf.where(tf.greater(point.x, leastX), factor, tf.zerosLike(factor))
}

/** What is integrated, and its derivatives. */
interface Part {
  readonly value: tf.Tensor
  readonly byA: tf.Tensor
  readonly byB: tf.Tensor
}

const terms = 3

/**
 * M with I = xᵃ yᵇ/(a B(a, b)) · M: M(a) = 1 + x (a + b)/(a + 1) · M(a + 1), three times, and then, with t/(1 − t) = e⁻ˢ x/y in the integral that
 * defines I, M(a) = a ∫₀^∞ exp(−d s − (a + b) K(s)) ds, where K(s) = log(y + x e⁻ˢ) + x s. The integrand is log-concave and falls from the start.
 */
const part = ({ a, b, x, y, d }: Point): Part => {
  const shifted = tf.add(a, terms)
  const total = tf.add(shifted, b)
  const slope = tf.add(d, tf.mul(y, terms))
  const length = lengthOf(shifted, b, total, slope, x, y)
  const s = pointsTo(length)
  const k = curve(s, column(x), column(y))
  const values = tf.exp(tf.neg(tf.add(tf.mul(column(slope), s), tf.mul(column(total), k))))
  const whole = integral(values, length)
  const momentA = integral(tf.mul(values, tf.add(k, tf.mul(column(y), s))), length)
  const momentB = integral(tf.mul(values, tf.sub(tf.mul(column(x), s), k)), length)
  let value = tf.mul(shifted, whole)
  let byA = tf.sub(whole, tf.mul(shifted, momentA))
  let byB = tf.mul(shifted, momentB)
  for (let n = terms; n > 0; n--) {
    const next = tf.add(a, n)
    const step = tf.div(x, next)
    const factor = tf.mul(step, tf.add(tf.add(a, b), n - 1))
    byA = tf.add(tf.mul(factor, byA), tf.mul(tf.sub(step, tf.div(factor, next)), value))
    byB = tf.add(tf.mul(factor, byB), tf.mul(step, value))
    value = tf.add(tf.mul(factor, value), 1)
  }
  return { value, byA, byB }
}

/** Bounds on the s at which the integrand ends: from K ≥ log y + x s, from K″ ≥ x y e⁻ˢ, and from K = log(1 + y (eˢ − 1)) − y s. */
const lengthOf = (
  a: tf.Tensor,
  b: tf.Tensor,
  total: tf.Tensor,
  slope: tf.Tensor,
  x: tf.Tensor,
  y: tf.Tensor
): tf.Tensor => {
  const sure = tf.div(tf.sub(cutoff, tf.mul(total, tf.log(y))), a)
  const close = reach(slope, tf.mul(tf.mul(total, tf.mul(x, y)), 2 / 3))
  const tighter = (length: tf.Tensor): tf.Tensor => {
    const reached = tf.expm1(tf.div(tf.add(tf.mul(b, length), cutoff), total))
    return tf.minimum(length, tf.log1p(tf.div(reached, y)))
  }
  return tighter(tighter(tf.where(tf.less(close, 1), tf.minimum(close, sure), sure)))
}

/** K(s) = log(y + x e⁻ˢ) + x s, from whichever of x and y is the smaller. */
const curve = (s: tf.Tensor, x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
  const lower = tf.lessEqual(x, 0.5)
  const z = tf.where(lower, tf.mul(x, tf.expm1(tf.neg(s))), tf.mul(y, tf.expm1(s)))
  const linear = tf.where(lower, tf.mul(x, expRestBelow(s)), tf.mul(y, expRestAbove(s)))
  const near = tf.sub(linear, logRestNear(tf.clipByValue(z, -0.5, 1)))
  return tf.where(tf.less(z, 1), near, tf.sub(tf.log1p(tf.maximum(z, 1)), tf.mul(y, s)))
}

/** z − log(1 + z) for −½ ≤ z ≤ 1. */
const logRestNear = (z: tf.Tensor): tf.Tensor => tf.mul(tf.square(z), logCurve(z))

export const Betainc: Special = {
  kernel: "Betainc",
  inputs: ["a", "b", "x"],
  forward: (inputs) => {
    const point = pointOf(inputs)
    const side = tf.mul(prefactor(point), part(point).value)
    return tf.where(point.mirrored, tf.sub(1, side), side)
  },
  gradient: byPartials((inputs) => {
    const [a, b, x] = inputs as unknown as readonly [tf.Tensor, tf.Tensor, tf.Tensor]
    return [() => betaincByA(a, b, x), () => betaincByB(a, b, x), () => density(inputs)]
  })
}

/** x^(a−1) y^(b−1)/B(a, b) */
const density = (inputs: Inputs): tf.Tensor => {
  const point = pointOf(inputs)
  return tf.div(tf.mul(point.a, prefactor(point)), tf.mul(point.x, point.y))
}

/** The derivatives of the mirrored side by its own a and b. */
const slopes = (point: Point): readonly [byA: tf.Tensor, byB: tf.Tensor] => {
  const { a, b } = point
  const factor = prefactor(point)
  const { value, byA, byB } = part(point)
  const [ofX, ofY] = logQuotients(point)
  const ofTotal = logMinusDigamma(tf.add(a, b))
  const logA = tf.add(ofX, tf.sub(logMinusDigammaNext(a), ofTotal))
  const logB = tf.add(ofY, tf.sub(logMinusDigamma(b), ofTotal))
  return [tf.mul(factor, tf.add(tf.mul(logA, value), byA)), tf.mul(factor, tf.add(tf.mul(logB, value), byB))]
}

const bySide = (kernel: string, own: 0 | 1): Special => ({
  kernel,
  inputs: ["a", "b", "x"],
  forward: (inputs) => {
    const point = pointOf(inputs)
    const both = slopes(point)
    return tf.where(point.mirrored, tf.neg(both[1 - own] as tf.Tensor), both[own])
  },
  gradient: byPartials(() => [0, 1, 2].map(() => () => refuseSecond(kernel)))
})

export const BetaincByA = bySide("BetaincByA", 0)
export const BetaincByB = bySide("BetaincByB", 1)
