import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../../tensor/draws/gamma.ts"
import { Key, normal } from "../../tensor/random.ts"
import { lbeta } from "../../tensor/special/beta.ts"
import { betainc, betaincc } from "../../tensor/special/betainc.ts"
import { logBetainc, logBetaincc } from "../../tensor/special/logBetainc.ts"
import { splitAt } from "../../tensor/special/splitAt.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { logOnePlusSquare } from "./cauchyFormulas.ts"
import { studentTail } from "./studentTail.ts"

type Value = tf.Tensor | number

/** Student's t distribution with location 0 and scale 1, by its degrees of freedom ν; {@link StudentT} and {@link HalfStudentT} use it. */
export const studentFormulas = (df: Value) => {
  const half = (): tf.Tensor => tf.mul(df, 0.5)
  const root = (): tf.Tensor => tf.sqrt(df)
  /** z²/ν, at most the largest float32 number */
  const squareOf = (z: tf.Tensor): tf.Tensor =>
    tf.square(tf.clipByValue(tf.add(tf.div(z, root()), nothing), -1e18, 1e18))
  /** a function of P(|Z| > |z|) = I_{1/(1 + s)}(ν/2, ½) with s = z²/ν, from 1/(1 + s) or s/(1 + s), whichever is smaller */
  const from = (far: Incomplete, near: Incomplete) => (z: tf.Tensor) => {
    const square = squareOf(z)
    const [inner, outer] = [tf.minimum(square, 1.5), tf.maximum(square, 0.5)]
    const inside = near(0.5, half(), tf.div(inner, tf.add(1, inner)))
    return splitAt(square, { high: 1 }, { inside, above: far(half(), 0.5, tf.reciprocal(tf.add(1, outer))) })
  }
  return {
    /** −½(ν + 1) log(1 + z²/ν) − log B(ν/2, ½) − ½ log ν */
    logDensity: (z: tf.Tensor): tf.Tensor => {
      const square = tf.square(tf.clipByValue(z, -1e18, 1e18))
      const tail = studentTail(df, 1, square, logOnePlusSquare(tf.div(z, root())))
      return tf.neg(tf.add(tail, tf.add(lbeta(half(), 0.5), tf.mul(0.5, tf.log(df)))))
    },
    /** A normal variable divided by the root of a gamma variable of mean 1. Small degrees of freedom can give draws above 1e32; these are cut off. */
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
    /** P(|Z| ≤ |z|), exact for small z, and its logarithm */
    within: from(betaincc, betainc),
    logWithin: from(logBetaincc, logBetainc),
    /** P(|Z| > |z|), exact for large z, and its logarithm */
    beyond: from(betainc, betaincc),
    logBeyond: from(logBetainc, logBetaincc)
  }
}

type Incomplete = (a: Value, b: Value, x: Value) => tf.Tensor

/** A small number that is added so that 0 becomes positive: at 0 itself the derivative of a probability would be the product of 0 and ∞. */
const nothing = 1e-15

const shifts = 8

/**
 * ψ(a + ½) − ψ(a) = Σₖ ½/((a + k)(a + k + ½)) over the first eight k. The sum of the others is 1/2y + 1/8y² − 1/64y⁴ + 1/128y⁶ at y = a + 8, from the
 * asymptotic series of ψ. The difference of two digammas would lose all digits for large a.
 */
const digammaHalfStep = (a: tf.Tensor): tf.Tensor => {
  const below = tf.add(tf.expandDims(a, -1), tf.range(0, shifts))
  const first = tf.sum(tf.div(0.5, tf.mul(below, tf.add(below, 0.5))), -1)
  const u = tf.reciprocal(tf.add(a, shifts))
  const square = tf.square(u)
  const even = tf.mul(square, tf.add(1 / 8, tf.mul(square, tf.sub(tf.mul(square, 1 / 128), 1 / 64))))
  return tf.add(first, tf.add(tf.mul(0.5, u), even))
}
