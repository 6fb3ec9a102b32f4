import * as tf from "@tensorflow/tfjs"
import { cut, lengthOf, sumLast, sumsBefore, sumsFrom } from "./lastAxis.ts"
import { type Transform, transform } from "./Transform.ts"

/**
 * n − 1 reals to a point of the simplex of n numbers: the k-th takes the fraction sigmoid(xₖ − log(n − k)) of the part that the earlier ones leave.
 * If all reals are 0, all parts are equal. log|det J| = Σₖ log zₖ + log(1 − zₖ) + log restₖ (Stan Reference Manual, "Simplex transform").
 */
export const stickBreaking: Transform<"real", "simplex", "stickBreaking", "successor", undefined> = transform({
  name: "stickBreaking",
  domain: "real",
  codomain: "simplex",
  eventRanks: [1, 1],
  shapes: "successor",
  direction: undefined,
  forward: (x) => {
    const { logTaken, logLeft } = fractions(x)
    const taken = tf.add(logTaken, sumsBefore(logLeft))
    return tf.exp(tf.concat([taken, tf.sum(logLeft, -1, true)], x.rank - 1))
  },
  inverse: (y) => {
    const n = lengthOf(y) - 1
    const odds = tf.sub(tf.log(cut(y, 0, n)), tf.log(cut(sumsFrom(y), 1, n)))
    return tf.add(odds, equalParts(n))
  },
  logDetJacobian: (x) => {
    const { logTaken, logLeft } = fractions(x)
    return sumLast(tf.add(tf.add(logTaken, logLeft), sumsBefore(logLeft)))
  }
})

/** log zₖ and log(1 − zₖ). */
const fractions = (x: tf.Tensor): { readonly logTaken: tf.Tensor; readonly logLeft: tf.Tensor } => {
  const odds = tf.sub(x, equalParts(lengthOf(x)))
  return { logTaken: tf.neg(tf.softplus(tf.neg(odds))), logLeft: tf.neg(tf.softplus(odds)) }
}

/** log(n − k) for k = 1 … n − 1. */
const equalParts = (count: number): tf.Tensor =>
  tf.tensor1d(Array.from({ length: count }, (_, i) => Math.log(count - i)))
