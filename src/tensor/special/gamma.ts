import * as tf from "@tensorflow/tfjs"
import { type Lifted, type Operand, resultOf } from "../ops/Operand.ts"
import type { Unary } from "../ops/ofOne.ts"
import { column, polynomial, rational } from "./polynomial.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * log Γ(x) for x > 0; ∞ at 0 and NaN below it.
 *
 * From 8 on by Stirling's series; below by log Γ(1 + t) = t (t − 1) g(1 + t), which keeps the zeros at 1 and 2 exact, and below ½ by
 * log Γ(x) = log Γ(1 + x) − log x.
 *
 * @example
 * ```ts
 * lgamma(5) // => 3.1780538
 * ```
 */
export const lgamma: Unary = (x) => resultOf(runSpecial(Lgamma, [x]))

/**
 * ψ(x) = d log Γ(x)/dx for x > 0; NaN below 0. Its zero x₀ = 1.4616… is kept exact by ψ(x) = ψ(c) + (x − c) r(x), where c is x₀ in float32.
 *
 * @example
 * ```ts
 * digamma(1) // => -0.5772157
 * ```
 */
export const digamma: Unary = (x) => resultOf(runSpecial(Digamma, [x]))

/**
 * The n-th derivative of ψ(x), n ≥ 1, for x > 0, NaN below 0: (−1)ⁿ⁺¹ n! ζ(n + 1, x), by eight terms of the Hurwitz zeta function and the
 * Euler–Maclaurin formula for the others (NIST DLMF 25.11.43). `polygamma(1, x)` is the trigamma function.
 *
 * @example
 * ```ts
 * polygamma(1, 1) // => 1.6449341
 * ```
 */
export const polygamma = <A extends Operand>(n: number, x: A): Lifted<A> => resultOf(runSpecial(Polygamma, [x], { n }))

/** g(x) = log Γ(x)/((x − 1)(x − 2)) on [½, 8], to 1e-8. */
const smooth = {
  p: [2.15751787, 20.3929972, 32.0436016, 10.9820425, 0.72507443, 0.00228348317],
  q: [1, 18.8440692, 53.1625152, 35.5360198, 6.11728349, 0.207953333]
}

export const Lgamma: Special = {
  kernel: "Lgamma",
  inputs: ["x"],
  forward: ([x]) => lgammaOf(x as tf.Tensor),
  gradient: byPartials(([x]) => [() => digamma(x as tf.Tensor)])
}

const lgammaOf = (x: tf.Tensor): tf.Tensor => {
  const [below, near, far] = [tf.less(x, 0.5), tf.minimum(x, 8), tf.maximum(x, 8)]
  const body = lgammaNext(tf.where(below, near, tf.sub(near, 1)))
  const shifted = tf.sub(body, tf.where(below, tf.log(near), tf.zerosLike(x)))
  const leading = tf.mul(tf.sub(far, 0.5), tf.sub(tf.log(far), 1))
  const stirling = tf.add(leading, tf.add(stirlingRest(far), halfLog2Pi - 0.5))
  return tf.where(tf.less(x, 8), shifted, stirling)
}

/** log Γ(1 + t) for −½ ≤ t ≤ 7, exact for small t. */
export const lgammaNext = (t: tf.Tensor): tf.Tensor => tf.mul(tf.mul(t, tf.sub(t, 1)), rational(tf.add(t, 1), smooth))

export const halfLog2Pi = Math.log(2 * Math.PI) / 2

/** log Γ(x) − ((x − ½) log x − x + ½ log 2π) = 1/12x − … for x ≥ 1: a fit in 1/x, with relative error 4e-8. */
export const stirlingRest = (x: tf.Tensor): tf.Tensor => {
  const u = tf.reciprocal(x)
  return tf.mul(tf.div(u, 12), rational(u, rest))
}

const rest = {
  p: [1.00000004, 0.577434515, 0.338067367, -0.0154242227],
  q: [1, 0.577439278, 0.371302243, 0.0045887133]
}

/** Γ(x + 1)/(xˣ e⁻ˣ) = eˡᵒᵍ · root for any x > 0, with a logarithm between 0 and 1; below 1 by Stirling's series at x + 1. */
export const stirlingOf = (x: tf.Tensor): { readonly log: tf.Tensor; readonly root: tf.Tensor } => {
  const [below, small] = [tf.less(x, 1), tf.minimum(x, 1)]
  const step = tf.sub(tf.mul(tf.add(small, 0.5), tf.log1p(small)), tf.add(tf.mul(small, tf.log(small)), 1))
  const series = stirlingRest(tf.where(below, tf.add(x, 1), x))
  const log = tf.add(tf.add(series, halfLog2Pi), tf.where(below, step, tf.zerosLike(x)))
  return { log, root: tf.sqrt(tf.maximum(x, 1)) }
}

/** The zero of ψ rounded to float32, and the value of ψ there. */
const center = Math.fround(1.4616321325302124)
const atCenter = -1.203605254910667e-8

/** (ψ(x) − ψ(c))/(x − c) on [1, 8], to 1.3e-8. */
const slope = {
  p: [500.015776, 1171.70845, 460.135602, 32.0106392, 0.0914861978],
  q: [1, 723.96782, 815.233106, 183.059474, 7.38286816]
}

export const Digamma: Special = {
  kernel: "Digamma",
  inputs: ["x"],
  forward: ([x]) => digammaOf(x as tf.Tensor),
  gradient: byPartials(([x]) => [() => polygamma(1, x as tf.Tensor)])
}

const digammaOf = (x: tf.Tensor): tf.Tensor => {
  const [below, near, far] = [tf.less(x, 1), tf.minimum(x, 8), tf.maximum(x, 8)]
  const t = tf.where(below, tf.add(near, 1), near)
  const body = tf.add(tf.mul(tf.sub(t, center), rational(t, slope)), atCenter)
  const shifted = tf.sub(body, tf.where(below, tf.reciprocal(near), tf.zerosLike(x)))
  return fromZero(x, tf.where(tf.less(x, 8), shifted, tf.sub(tf.log(far), logMinusDigammaFar(far))))
}

/** NaN for arguments below 0, where ψ and its derivatives have a pole at each whole number. */
const fromZero = (x: tf.Tensor, value: tf.Tensor): tf.Tensor =>
  tf.where(tf.less(x, 0), tf.fill(x.shape, Number.NaN), value)

/** log x − ψ(x) = 1/2x + 1/12x² − 1/120x⁴ + 1/252x⁶ for x ≥ 8. */
const logMinusDigammaFar = (x: tf.Tensor): tf.Tensor => {
  const u = tf.reciprocal(x)
  return tf.mul(u, tf.add(tf.mul(u, polynomial(tf.square(u), [1 / 12, -1 / 120, 1 / 252])), 0.5))
}

/** log x − ψ(x) for any x > 0, exact for large x. */
export const logMinusDigamma = (x: tf.Tensor): tf.Tensor => tf.add(logMinusDigammaNext(x), tf.reciprocal(x))

/**
 * log x − ψ(x) for any x > 0 as a kernel, so that it can be differentiated.
 */
export const digammaGap = (x: tf.Tensor | number): tf.Tensor => runSpecial(DigammaGap, [x])

export const DigammaGap: Special = {
  kernel: "DigammaGap",
  inputs: ["x"],
  forward: ([x]) => logMinusDigamma(x as tf.Tensor),
  gradient: byPartials(([x]) => [() => digammaGapSlope(x as tf.Tensor)])
}

/** 1/x − ψ₁(x), from 8 on −1/2x² − 1/6x³ + 1/30x⁵ − 1/42x⁷. */
export const digammaGapSlope = (x: tf.Tensor): tf.Tensor => {
  const u = tf.reciprocal(tf.maximum(x, 8))
  const series = polynomial(tf.square(u), [1 / 6, -1 / 30, 1 / 42])
  const far = tf.neg(tf.mul(tf.square(u), tf.add(tf.mul(u, series), 0.5)))
  return tf.where(tf.less(x, 8), tf.sub(tf.reciprocal(x), polygamma(1, tf.minimum(x, 8))), far)
}

/** log x − ψ(x + 1), likewise: −u/2 + u² g(u) for u = 1/x ≤ 1, and below x = 1 by the same at x + 1. */
export const logMinusDigammaNext = (x: tf.Tensor): tf.Tensor => {
  const below = tf.less(x, 1)
  const u = tf.reciprocal(tf.where(below, tf.add(x, 1), x))
  const curved = tf.mul(u, rational(u, digammaRest))
  const small = tf.sub(tf.mul(u, tf.add(curved, 0.5)), tf.log1p(tf.reciprocal(tf.minimum(x, 1))))
  return fromZero(x, tf.where(below, small, tf.mul(u, tf.sub(curved, 0.5))))
}

/** g(u) = ((log x − ψ(x)) x − ½) x for x = 1/u ≥ 1, to 1.7e-7. */
const digammaRest = {
  p: [0.0833333473, 0.0655275857, 0.0448794904, -0.00202521662],
  q: [1, 0.786353888, 0.638053095, 0.0584472295]
}

export const Polygamma: Special = {
  kernel: "Polygamma",
  inputs: ["x"],
  forward: ([x], attrs) => polygammaOf(x as tf.Tensor, Number(attrs["n"])),
  gradient: byPartials(([x], _, attrs) => [() => polygamma(Number(attrs["n"]) + 1, x as tf.Tensor)])
}

const shifts = 8
/** B₂ⱼ/(2j)! for j = 1, 2, 3. */
const bernoulli = [1 / 12, -1 / 720, 1 / 30240]

const polygammaOf = (x: tf.Tensor, n: number): tf.Tensor => {
  const steps = tf.tensor1d(Float32Array.from({ length: shifts }, (_, k) => k))
  const first = tf.sum(power(tf.reciprocal(tf.add(column(x), steps)), n + 1), -1)
  const u = tf.reciprocal(tf.add(x, shifts))
  const terms = [1 / n, 0.5, ...bernoulli.flatMap((b, j) => [b * rising(n + 1, 2 * j + 1), 0]).slice(0, -1)]
  const others = tf.mul(power(u, n), polynomial(u, terms))
  return fromZero(x, tf.mul(tf.add(first, others), (n % 2 === 0 ? -1 : 1) * rising(1, n)))
}

/** a (a + 1) … (a + count − 1). */
const rising = (a: number, count: number): number =>
  Array.from({ length: count }, (_, i) => a + i).reduce((product, factor) => product * factor, 1)

const power = (x: tf.Tensor, n: number): tf.Tensor =>
  Array.from({ length: n - 1 }).reduce<tf.Tensor>((product) => tf.mul(product, x), x)
