import * as tf from "@tensorflow/tfjs"
import { type Lifted, resultOf } from "../ops/Operand.ts"
import { runSpecial, type Special } from "../special/Special.ts"
import { diagonalOf, lowerHalf, lowerPart, mustBeSquare, orderOf, transposed } from "./matrices.ts"
import { solveTriangular } from "./solveTriangular.ts"

/**
 * The Cholesky factor of symmetric positive definite matrices `[…, n, n]`: the lower-triangular L with a positive diagonal and L Lᵀ = A. For a matrix
 * that is not symmetric, its symmetric part (A + Aᵀ)/2 is used. For one that is not positive definite, the result is NaN.
 *
 * A program records one node for it. An engine runs 7 n + 2 ops one after the other (16 for n = 2, 37 for 5, 142 for 20). The gradient uses two
 * triangular solves (I. Murray, "Differentiation of the Cholesky decomposition", 2016, arXiv:1602.07527, equation 10).
 *
 * @throws ShapeMismatch when the matrices are not square
 * @example
 * ```ts
 * cholesky(tf.tensor2d([[4, 2], [2, 5]])).flatten() // => [2, 0, 1, 2]
 * ```
 */
export const cholesky = <A extends tf.Tensor>(matrix: A): Lifted<A> => {
  mustBeSquare("cholesky", matrix)
  return resultOf(runSpecial(Cholesky, [matrix]))
}

/**
 * log |A| = 2 Σ log Lᵢᵢ of matrices A = L Lᵀ, from their factors `[…, n, n]`.
 *
 * @throws ShapeMismatch when the matrices are not square
 * @example
 * ```ts
 * logDetFromCholesky(tf.tensor2d([[2, 0], [1, 2]])) // => Math.log(16)
 * ```
 */
export const logDetFromCholesky = (factor: tf.Tensor): tf.Tensor => {
  mustBeSquare("logDetFromCholesky", factor)
  return tf.mul(2, tf.sum(tf.log(diagonalOf(factor)), -1))
}

export const Cholesky: Special = {
  kernel: "Cholesky",
  inputs: ["x"],
  forward: ([given]) => factorOf(given as tf.Tensor),
  gradient: (dy, _, factor) => [
    () => {
      const middle = lowerHalf(tf.matMul(factor, dy, true, false))
      const left = solveTriangular(factor, middle, { transposed: true })
      return symmetric(transposed(solveTriangular(factor, transposed(left), { transposed: true })))
    }
  ]
}

const symmetric = (matrix: tf.Tensor): tf.Tensor => tf.mul(tf.add(matrix, transposed(matrix)), 0.5)

/**
 * Column by column: the outer product of each column is subtracted from the whole matrix. At the end the entries above the diagonal are only rounding
 * errors.
 */
const factorOf = (matrix: tf.Tensor): tf.Tensor => {
  const n = orderOf(matrix)
  const lead = matrix.shape.slice(0, -2)
  const zeros = lead.map(() => 0)
  let rest = symmetric(matrix)
  const columns = Array.from({ length: n }, (_, j) => {
    const column = tf.slice(rest, [...zeros, 0, j], [...lead, n, 1])
    const pivot = tf.slice(column, [...zeros, j, 0], [...lead, 1, 1])
    const scaled = tf.div(column, tf.sqrt(pivot))
    if (j + 1 < n) rest = tf.sub(rest, tf.mul(scaled, transposed(scaled)))
    return scaled
  })
  return lowerPart(tf.concat(columns, -1))
}
