import * as tf from "@tensorflow/tfjs"
import { cut, lengthOf, sumLast } from "./lastAxis.ts"
import { type Transform, transform } from "./Transform.ts"
import { diagonal } from "./triangle.ts"

/**
 * Y = LLᵀ: a lower-triangular matrix with a positive diagonal to a positive definite one, whose Cholesky factor is the inverse.
 * log|det J| = n log 2 + Σᵢ (n + 1 − i) log Lᵢᵢ over the numbers on and below the diagonal (Muirhead 1982, theorem 2.1.9).
 */
export const gram: Transform<"lowerCholesky", "positiveDefinite", "gram", "same", undefined> = transform({
  name: "gram",
  domain: "lowerCholesky",
  codomain: "positiveDefinite",
  eventRanks: [2, 2],
  shapes: "same",
  direction: undefined,
  forward: (x) => tf.matMul(x, x, false, true),
  inverse: cholesky,
  logDetJacobian: (x) => {
    const n = lengthOf(x)
    const powers = tf.tensor1d(Array.from({ length: n }, (_, i) => n - i))
    return tf.add(n * Math.LN2, sumLast(tf.mul(powers, tf.log(diagonal(x)))))
  }
})

/** Column by column: subtract the part that the earlier columns explain, then divide by the root of the diagonal element. */
function cholesky(matrix: tf.Tensor): tf.Tensor {
  const n = lengthOf(matrix)
  const columns: Array<tf.Tensor> = []
  let rest = matrix
  for (let j = 0; j < n; j++) {
    const column = tf.mul(cut(rest, j, 1), from(j, n))
    const unit = tf.mul(column, tf.rsqrt(tf.sum(tf.mul(column, only(j, n)), -2, true)))
    columns.push(unit)
    rest = tf.sub(rest, tf.matMul(unit, unit, false, true))
  }
  return tf.concat(columns, matrix.rank - 1)
}

const column = (n: number, value: (i: number) => boolean): tf.Tensor =>
  tf.tensor2d(
    Float32Array.from({ length: n }, (_, i) => (value(i) ? 1 : 0)),
    [n, 1]
  )

const from = (j: number, n: number): tf.Tensor => column(n, (i) => i >= j)
const only = (j: number, n: number): tf.Tensor => column(n, (i) => i === j)
