import * as tf from "@tensorflow/tfjs"
import { least } from "../formula/inside.ts"
import { lengthOf, sumLast, sumsAfter, sumsBefore } from "./lastAxis.ts"
import { logSech } from "./logSech.ts"
import { sideOf } from "./shapes.ts"
import { type Transform, transform } from "./Transform.ts"
import { belowDiagonal, fill, read } from "./triangle.ts"

/**
 * n(n − 1)/2 reals, row by row, to the Cholesky factor of a correlation matrix. zᵢⱼ = tanh xᵢⱼ are canonical partial correlations, and
 * Lᵢⱼ = zᵢⱼ·Πₖ₍ₖ<ⱼ₎ √(1 − zᵢₖ²), so that each row has length 1 (Lewandowski, Kurowicka and Joe 2009; Stan Reference Manual, "Cholesky factors
 * of correlation matrices"). log|det J| = Σᵢⱼ [log(1 − zᵢⱼ²) + Σₖ₍ₖ<ⱼ₎ ½ log(1 − zᵢₖ²)] over the numbers below the diagonal.
 */
export const correlationCholesky: Transform<
  "real",
  "correlationCholesky",
  "correlationCholesky",
  "strictTriangle",
  undefined
> = transform({
  name: "correlationCholesky",
  domain: "real",
  codomain: "correlationCholesky",
  eventRanks: [1, 2],
  shapes: "strictTriangle",
  direction: undefined,
  forward: (x) => {
    const { matrix, n, logRest } = partial(x)
    return tf.mul(tf.add(tf.tanh(matrix), tf.eye(n)), tf.exp(sumsBefore(logRest)))
  },
  inverse: (y) => {
    const below = belowDiagonal(lengthOf(y))
    const rest = tf.add(tf.mul(sumsAfter(tf.square(y)), below), tf.sub(1, below))
    return read(tf.asinh(tf.div(tf.mul(y, below), tf.sqrt(tf.maximum(rest, least)))), "strictlyLower")
  },
  logDetJacobian: (x) => {
    const { n, logRest } = partial(x)
    const logSlope = tf.add(tf.mul(2, logRest), tf.mul(sumsBefore(logRest), belowDiagonal(n)))
    return sumLast(logSlope, 2)
  }
})

/** A matrix with the reals below its diagonal, and the matrix of ½ log(1 − zᵢⱼ²), which is 0 on the diagonal and above it. */
const partial = (x: tf.Tensor): { readonly matrix: tf.Tensor; readonly n: number; readonly logRest: tf.Tensor } => {
  const n = sideOf(lengthOf(x)) + 1
  const matrix = fill(x, n, "strictlyLower")
  return { matrix, n, logRest: tf.mul(logSech(matrix), belowDiagonal(n)) }
}
