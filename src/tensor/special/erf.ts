import * as tf from "@tensorflow/tfjs"
import { resultOf } from "../ops/Operand.ts"
import type { Unary } from "../ops/ofOne.ts"
import { polynomial, rational } from "./polynomial.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"

/**
 * The error function (2/√π) ∫₀ˣ exp(−t²) dt, to float32 rounding. (tfjs's own has an absolute error of 1.5e-7, so small values lose all digits.)
 *
 * @example
 * ```ts
 * erf(0.5) // => 0.5204999
 * ```
 */
export const erf: Unary = (x) => resultOf(runSpecial(ErrorFunction, [x]))

/**
 * 1 − erf(x), with full relative accuracy in the right tail, until it underflows float32 near x = 9.2.
 *
 * @example
 * ```ts
 * erfc(2) // => 0.0046777
 * ```
 */
export const erfc: Unary = (x) => resultOf(runSpecial(Erfc, [x]))

/** erf(x)/x in x² on [0, 1], to 1.2e-9. */
const central = [1.12837917, -0.376126258, 0.112835851, -0.0268538117, 0.00518832729, -0.000801019014, 7.85384985e-5]

/** erf(x) for |x| ≤ 1. */
export const erfNear = (x: tf.Tensor): tf.Tensor => tf.mul(x, polynomial(tf.square(x), central))

/** exp(x²) erfc(x) for x ≥ ½, as t r(t) with t = 1/(1 + x): to 7e-9. */
export const scaledErfc = (x: tf.Tensor): tf.Tensor => {
  const t = tf.reciprocal(tf.add(x, 1))
  return tf.mul(t, rational(t, scaled))
}

const scaled = {
  p: [0.564189588, 0.73400664, 2.56844775, 2.33386074, 1.91539748, -0.195988738],
  q: [1, 0.300995674, 3.75128101, 0.739239563, 2.12809732]
}

/**
 * exp(−c x²) for 0 ≤ x ≤ 15: the rounding error of x² in float32 would cost exp two digits. So x is rounded down to a multiple h of 1/16, whose
 * square is exact, and the factor exp(−c (x − h)(x + h)) corrects the difference.
 */
export const expOfSquare = (x: tf.Tensor, c: number): tf.Tensor => {
  const h = tf.mul(tf.floor(tf.mul(x, 16)), 1 / 16)
  const others = tf.mul(tf.sub(x, h), tf.add(x, h))
  return tf.mul(tf.exp(tf.mul(tf.square(h), -c)), tf.exp(tf.mul(others, -c)))
}

/** erfc(x) for x ≥ ½. */
const erfcFar = (x: tf.Tensor): tf.Tensor => {
  const clipped = tf.clipByValue(x, 0.5, 11)
  return tf.mul(expOfSquare(clipped, 1), scaledErfc(clipped))
}

const slope = (x: tf.Tensor): tf.Tensor => tf.mul(expOfSquare(tf.minimum(tf.abs(x), 11), 1), 2 / Math.sqrt(Math.PI))

export const ErrorFunction: Special = {
  kernel: "ErrorFunction",
  inputs: ["x"],
  forward: ([given]) => {
    const x = given as tf.Tensor
    const far = tf.mul(tf.sign(x), tf.sub(1, erfcFar(tf.abs(x))))
    return tf.where(tf.less(tf.abs(x), 1), erfNear(tf.clipByValue(x, -1, 1)), far)
  },
  gradient: byPartials(([x]) => [() => slope(x as tf.Tensor)])
}

export const Erfc: Special = {
  kernel: "Erfc",
  inputs: ["x"],
  forward: ([given]) => {
    const x = given as tf.Tensor
    const tail = erfcFar(tf.abs(x))
    const near = tf.sub(1, erfNear(tf.clipByValue(x, -0.5, 0.5)))
    return tf.where(tf.less(tf.abs(x), 0.5), near, tf.where(tf.greater(x, 0), tail, tf.sub(2, tail)))
  },
  gradient: byPartials(([x]) => [() => tf.neg(slope(x as tf.Tensor))])
}
