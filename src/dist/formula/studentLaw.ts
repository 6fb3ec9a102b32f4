import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../../tensor/draws/gamma.ts"
import { Key, normal } from "../../tensor/random.ts"
import { lbeta } from "../../tensor/special/beta.ts"
import { betainc } from "../../tensor/special/betainc.ts"
import { erf, erfc } from "../../tensor/special/erf.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { logOnePlusSquare } from "./cauchyFormulas.ts"

type Value = tf.Tensor | number

/** Student's t law with location 0 and scale 1, by its degrees of freedom ν: what {@link StudentT} and {@link HalfStudentT} are made of. */
export const studentLaw = (df: Value) => {
  const half = (): tf.Tensor => tf.mul(df, 0.5)
  const root = (): tf.Tensor => tf.sqrt(df)
  /** z²/ν, as far as float32 goes */
  const squareOf = (z: tf.Tensor): tf.Tensor => tf.square(tf.clipByValue(tf.div(z, root()), -1e18, 1e18))
  const few = (): tf.Tensor => tf.mul(tf.minimum(df, large), 0.5)
  const outside = (square: tf.Tensor): tf.Tensor => betainc(few(), 0.5, tf.reciprocal(tf.add(1, square)))
  const isLarge = (z: tf.Tensor): tf.Tensor => tf.greater(tf.add(df, tf.zerosLike(z)), large)
  return {
    /** −½(ν + 1) log(1 + z²/ν) − log B(ν/2, ½) − ½ log ν */
    logDensity: (z: tf.Tensor): tf.Tensor => {
      const tail = tf.mul(tf.add(half(), 0.5), logOnePlusSquare(tf.div(z, root())))
      return tf.neg(tf.add(tail, tf.add(lbeta(half(), 0.5), tf.mul(0.5, tf.log(df)))))
    },
    /** A normal variable over the root of a gamma variable of mean 1; what few degrees of freedom put beyond 1e32 is cut off. */
    draw: (key: Key, size: Shape): tf.Tensor => {
      const logSpread = tf.mul(0.5, tf.sub(tf.log(half()), logStandardGamma(Key.fork(key, "spread"), half(), size)))
      return tf.mul(normal(Key.fork(key, "direction"), size), tf.exp(tf.minimum(logSpread, 74)))
    },
    /** ν/(ν − 2); ∞ up to ν = 2 */
    variance: (): tf.Tensor => tf.div(df, tf.maximum(tf.sub(df, 2), 0)),
    /** E|z| = 2√ν/((ν − 1) B(ν/2, ½)); ∞ up to ν = 1 */
    absoluteMean: (): tf.Tensor =>
      tf.div(tf.mul(2, tf.mul(root(), tf.exp(tf.neg(lbeta(half(), 0.5))))), tf.maximum(tf.sub(df, 1), 0)),
    /** ½(ν + 1) (ψ((ν + 1)/2) − ψ(ν/2)) + log B(ν/2, ½) + ½ log ν */
    entropy: (): tf.Tensor =>
      tf.add(tf.mul(tf.add(half(), 0.5), digammaHalfStep(half())), tf.add(lbeta(half(), 0.5), tf.mul(0.5, tf.log(df)))),
    /** P(|Z| ≤ |z|), exact for small z */
    within: (z: tf.Tensor): tf.Tensor => {
      const square = squareOf(z)
      const inner = tf.minimum(square, 1)
      const central = betainc(0.5, few(), tf.div(inner, tf.add(1, inner)))
      const exact = tf.where(tf.less(square, 1), central, tf.sub(1, outside(square)))
      return tf.where(isLarge(z), erf(tf.mul(asNormal(df, z), Math.SQRT1_2)), exact)
    },
    /** P(|Z| > |z|), exact for large z */
    beyond: (z: tf.Tensor): tf.Tensor =>
      tf.where(isLarge(z), erfc(tf.mul(asNormal(df, z), Math.SQRT1_2)), outside(squareOf(z)))
  }
}

/** From so many degrees of freedom on the incomplete beta function would be asked for arguments that float32 cannot tell from 1. */
const large = 50

/**
 * The w ≥ 0 for which a standard normal variable lies within ±w as probably as Student's within ±z: to 1e-9 for ν from 50 (Hill, "Algorithm 395",
 * Communications of the ACM 13, 1970).
 */
const asNormal = (df: Value, z: tf.Tensor): tf.Tensor => {
  const many = tf.maximum(df, large)
  const a = tf.sub(many, 0.5)
  const b = tf.mul(48, tf.square(a))
  const y = tf.maximum(tf.mul(a, logOnePlusSquare(tf.div(z, tf.sqrt(many)))), 1e-30)
  const above = tf.sub(tf.mul(tf.sub(tf.mul(tf.sub(tf.mul(-0.4, y), 3.3), y), 24), y), 85.5)
  const below = tf.add(tf.mul(0.8, tf.square(y)), tf.add(100, b))
  const correction = tf.div(tf.add(tf.div(above, below), tf.add(y, 3)), b)
  return tf.mul(tf.add(correction, 1), tf.sqrt(y))
}

const shifts = 8

/**
 * ψ(a + ½) − ψ(a) = Σₖ ½/((a + k)(a + k + ½)) over eight k, and for the others 1/2y + 1/8y² − 1/64y⁴ + 1/128y⁶ at y = a + 8, from the
 * asymptotic series of ψ: the difference of two digammas would lose all digits for large a.
 */
const digammaHalfStep = (a: tf.Tensor): tf.Tensor => {
  const below = tf.add(tf.expandDims(a, -1), tf.range(0, shifts))
  const first = tf.sum(tf.div(0.5, tf.mul(below, tf.add(below, 0.5))), -1)
  const u = tf.reciprocal(tf.add(a, shifts))
  const square = tf.square(u)
  const even = tf.mul(square, tf.add(1 / 8, tf.mul(square, tf.sub(tf.mul(square, 1 / 128), 1 / 64))))
  return tf.add(first, tf.add(tf.mul(0.5, u), even))
}
