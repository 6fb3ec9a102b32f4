import * as tf from "@tensorflow/tfjs"
import type { OfThree } from "../ops/broadcast.ts"
import { resultOf } from "../ops/Operand.ts"
import { digammaStep } from "./beta.ts"
import { deviance } from "./deviance.ts"
import { addDoubled, type Doubled, opaque, product, sum, timesDoubled } from "./doubled.ts"
import { logMinusDigamma, logMinusDigammaNext, stirlingOf } from "./gamma.ts"
import { leastX, most, refuseSecond } from "./gammainc.ts"
import { column } from "./polynomial.ts"
import { cutoff, expRestAbove, expRestBelow, gaussLegendre, integral, logCurve, pointsTo, reach } from "./quadrature.ts"
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
export const betainc: OfThree = (a, b, x) => resultOf(runSpecial(Betainc, [a, b, x]))

/**
 * 1 − Iₓ(a, b), with its relative accuracy kept where it is small. The equal I₁₋ₓ(b, a) would lose digits when float32 rounds 1 − x; this function
 * does not.
 *
 * @example
 * ```ts
 * betaincc(2, 3, 0.5) // => 0.3125
 * ```
 */
export const betaincc: OfThree = (a, b, x) => resultOf(runSpecial(Betaincc, [a, b, x]))

/** ∂Iₓ(a, b)/∂a and ∂Iₓ(a, b)/∂b, for implicit reparameterization. */
export const betaincByA = (a: Value, b: Value, x: Value): tf.Tensor => runSpecial(BetaincByA, [a, b, x])
export const betaincByB = (a: Value, b: Value, x: Value): tf.Tensor => runSpecial(BetaincByB, [a, b, x])

/** The arguments, mirrored if x is above the mean a/(a + b), so that x ≤ a/(a + b) and I is the smaller side; `y` is 1 − x, and `d` = a y − b x ≥ 0. */
export interface Point {
  readonly mirrored: tf.Tensor
  readonly a: tf.Tensor
  readonly b: tf.Tensor
  readonly x: Doubled
  readonly y: Doubled
  readonly d: tf.Tensor
}

export const pointOf = (inputs: Inputs): Point => {
  const [a, b, x] = inputs as unknown as readonly [tf.Tensor, tf.Tensor, tf.Tensor]
  const all = tf.add(tf.add(a, b), x)
  const [left, right, low] = [opaque(a, all), opaque(b, all), opaque(tf.clipByValue(x, leastX, 1), all)]
  const high = tf.sub(1, low)
  const lost = tf.sub(tf.sub(1, high), low)
  const [p, q] = [product(left, high), product(right, low)]
  const d = tf.add(tf.sub(p.value, q.value), tf.add(tf.sub(p.rest, q.rest), tf.mul(left, lost)))
  const mirrored = tf.less(d, 0)
  const either = (one: tf.Tensor, other: tf.Tensor): tf.Tensor => tf.where(mirrored, other, one)
  const [near, far]: readonly [Doubled, Doubled] = [
    { value: low, rest: tf.zerosLike(low) },
    { value: tf.maximum(high, leastX), rest: lost }
  ]
  const eitherOf = (one: Doubled, other: Doubled): Doubled => ({
    value: either(one.value, other.value),
    rest: either(one.rest, other.rest)
  })
  return {
    mirrored,
    a: either(left, right),
    b: either(right, left),
    x: eitherOf(near, far),
    y: eitherOf(far, near),
    d: tf.abs(d)
  }
}

/** log(x (a + b)/a) and log(y (a + b)/b), 0 at the mean. */
const logQuotients = ({ a, b, x: { value: x }, d }: Point): readonly [tf.Tensor, tf.Tensor] => {
  const z = tf.neg(tf.div(d, a))
  const direct = tf.log(tf.mul(x, tf.div(tf.add(a, b), a)))
  return [tf.where(tf.greater(z, -0.5), tf.log1p(tf.maximum(z, -0.5)), direct), tf.log1p(tf.div(d, b))]
}

/** −log of xᵃ yᵇ/(a B(a, b)), by Stirling's series, as a sum of three numbers: one that may be large, a small one, and −log root. */
export const exponent = ({ a, b, x, y }: Point) => {
  const total = sum(a, b)
  const { value, rest } = addDoubled(deviance(partOf(total, x), a), deviance(partOf(total, y), b))
  const [ofA, ofB, ofTotal] = [stirlingOf(a), stirlingOf(b), stirlingOf(total.value)]
  const log = tf.sub(ofTotal.log, tf.add(ofA.log, ofB.log))
  const root = tf.div(ofTotal.root, tf.mul(ofA.root, ofB.root))
  return { large: value, small: tf.sub(rest, log), root: tf.mul(tf.div(b, total.value), root) }
}

/** xᵃ yᵇ/(a B(a, b)); 0 at x = 0. */
export const prefactor = (point: Point): tf.Tensor => {
  const factor = prefactorFromLeast(point)
  return tf.where(isAboveZero(point), factor, tf.zerosLike(factor))
}

/** The same; at x = 0 the value at the smallest x. */
const prefactorFromLeast = (point: Point): tf.Tensor => {
  const { large, small, root } = exponent(point)
  return tf.mul(tf.mul(tf.exp(tf.neg(large)), tf.exp(tf.neg(tf.clipByValue(small, -most, most)))), root)
}

export const isAboveZero = ({ x }: Point): tf.Tensor => tf.greater(x.value, leastX)

/** A total times a share. If the product is tiny, its remainder is dropped: it does not matter, and its computation would underflow float32. */
const partOf = (total: Doubled, share: Doubled): Doubled => {
  const tiny = tf.less(share.value, 1e-30)
  const { value, rest } = timesDoubled(total, share)
  return {
    value: tf.where(tiny, tf.mul(total.value, share.value), value),
    rest: tf.where(tiny, tf.zerosLike(rest), rest)
  }
}

/** Below this a, the side of x can be so near to 1 that the other side cannot be computed as 1 less it in float32. */
export const smallA = 0.5

/**
 * The logarithm of the same for a ≤ ½, where it may be near 0. It is exact relative to its own size: a log x + b log y − log(1 + a/b) + h, with h =
 * log Γ(1 + a + b) − log Γ(1 + a) − log Γ(1 + b) = a ∫₀¹ ψ(1 + b + a t) − ψ(1 + a t) dt by Gauss's rule of four points.
 */
export const logPrefactorAtSmall = (point: Point): tf.Tensor => {
  const { b, x } = point
  const a = tf.minimum(point.a, smallA)
  const steps = digammaStep(tf.add(tf.mul(column(a), tf.tensor1d(nodes)), 1), column(b))
  const mean = tf.sum(tf.mul(steps, tf.tensor1d(weights)), -1)
  const powers = tf.add(tf.mul(a, tf.log(x.value)), tf.mul(b, logOfY(point)))
  return tf.add(powers, tf.sub(tf.mul(a, mean), tf.log1p(tf.div(a, b))))
}

const [nodes, weights] = gaussLegendre(4)

/** log y for y = 1 − x, from whichever of x and y is exact. */
const logOfY = ({ x, y }: Point): tf.Tensor =>
  tf.where(tf.greater(y.value, 0.5), tf.log1p(tf.neg(tf.minimum(x.value, 0.5))), tf.log(y.value))

/** The integrand, and its derivatives. */
interface Part {
  readonly value: tf.Tensor
  /** the value less 1 */
  readonly above: tf.Tensor
  readonly byA: tf.Tensor
  readonly byB: tf.Tensor
}

const terms = 3

/**
 * M with I = xᵃ yᵇ/(a B(a, b)) · M: M(a) = 1 + x (a + b)/(a + 1) · M(a + 1), three times, and then, with t/(1 − t) = e⁻ˢ x/y in the integral that
 * defines I, M(a) = a ∫₀^∞ exp(−d s − (a + b) K(s)) ds, where K(s) = log(y + x e⁻ˢ) + x s. The integrand is log-concave and decreasing.
 */
export const part = ({ a, b, x: { value: x }, y: { value: y }, d }: Point): Part => {
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
  let above = value
  let byA = tf.sub(whole, tf.mul(shifted, momentA))
  let byB = tf.mul(shifted, momentB)
  for (let n = terms; n > 0; n--) {
    const next = tf.add(a, n)
    const step = tf.div(x, next)
    const factor = tf.mul(step, tf.add(tf.add(a, b), n - 1))
    byA = tf.add(tf.mul(factor, byA), tf.mul(tf.sub(step, tf.div(factor, next)), value))
    byB = tf.add(tf.mul(factor, byB), tf.mul(step, value))
    above = tf.mul(factor, value)
    value = tf.add(above, 1)
  }
  return { value, above, byA, byB }
}

/** Bounds on the s at which the integrand becomes negligible: from K ≥ log y + x s, from K″ ≥ x y e⁻ˢ, and from K = log(1 + y (eˢ − 1)) − y s. */
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

/** K(s) = log(y + x e⁻ˢ) + x s, from the smaller of x and y. */
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
    const { near, far } = sidesOf(point)
    return tf.where(point.mirrored, far, near)
  },
  gradient: byPartials((inputs) => {
    const [a, b, x] = inputs as unknown as readonly [tf.Tensor, tf.Tensor, tf.Tensor]
    return [() => betaincByA(a, b, x), () => betaincByB(a, b, x), () => density(inputs)]
  })
}

export const Betaincc: Special = {
  kernel: "Betaincc",
  inputs: ["a", "b", "x"],
  forward: (inputs) => {
    const point = pointOf(inputs)
    const { near, far } = sidesOf(point)
    return tf.where(point.mirrored, near, far)
  },
  gradient: byPartials((inputs) => {
    const [a, b, x] = inputs as unknown as readonly [tf.Tensor, tf.Tensor, tf.Tensor]
    const slopes = [() => betaincByA(a, b, x), () => betaincByB(a, b, x), () => density(inputs)]
    return slopes.map((slope) => () => tf.neg(slope()))
  })
}

/** The smaller side of a point, and 1 less it. */
export const sidesOf = (point: Point): { readonly near: tf.Tensor; readonly far: tf.Tensor } => {
  const [factor, { value, above }] = [prefactor(point), part(point)]
  const near = tf.mul(factor, value)
  const fewer = tf.sub(tf.neg(tf.expm1(logPrefactorAtSmall(point))), tf.mul(factor, above))
  return { near, far: tf.where(tf.less(point.a, smallA), fewer, tf.sub(1, near)) }
}

/** x^(a−1) y^(b−1)/B(a, b), at x = 0 too: there it is b for a = 1. */
const density = (inputs: Inputs): tf.Tensor => densityAt(pointOf(inputs))

export const densityAt = (point: Point): tf.Tensor =>
  tf.div(tf.mul(point.a, tf.div(prefactorFromLeast(point), point.x.value)), point.y.value)

/** The derivatives of the side by its own a and b, over xᵃ yᵇ/(a B(a, b)). */
export const slopes = (point: Point): readonly [byA: tf.Tensor, byB: tf.Tensor] => {
  const { a, b } = point
  const { value, byA, byB } = part(point)
  const [ofX, ofY] = logQuotients(point)
  const ofTotal = logMinusDigamma(tf.add(a, b))
  const logA = tf.add(ofX, tf.sub(logMinusDigammaNext(a), ofTotal))
  /** log y + ψ(a + b) − ψ(b), which is small for small a */
  const [small, large] = [tf.add(logOfY(point), digammaStep(b, a)), tf.add(ofY, tf.sub(logMinusDigamma(b), ofTotal))]
  const logB = tf.where(tf.less(a, 1), small, large)
  return [tf.add(tf.mul(logA, value), byA), tf.add(tf.mul(logB, value), byB)]
}

const bySide = (kernel: string, own: 0 | 1): Special => ({
  kernel,
  inputs: ["a", "b", "x"],
  forward: (inputs) => {
    const point = pointOf(inputs)
    const both = slopes(point)
    return tf.mul(prefactor(point), tf.where(point.mirrored, tf.neg(both[1 - own] as tf.Tensor), both[own]))
  },
  gradient: byPartials(() => [0, 1, 2].map(() => () => refuseSecond(kernel)))
})

export const BetaincByA = bySide("BetaincByA", 0)
export const BetaincByB = bySide("BetaincByB", 1)
