import * as tf from "@tensorflow/tfjs"
import { cholesky } from "../../tensor/linear/cholesky.ts"
import { asColumn, identity, timesVector, transposed } from "../../tensor/linear/matrices.ts"
import { solveTriangularVector } from "../../tensor/linear/solveTriangular.ts"

/** The Cholesky factor of the capacitance matrix I + Fᵀ D⁻¹ F, [..., k, k], of the factor F [..., n, k] and the diagonal of D [..., n]. */
export const capacitance = (factor: tf.Tensor, diagonal: tf.Tensor): tf.Tensor => {
  const scaled = tf.div(factor, asColumn(tf.sqrt(diagonal)))
  return cholesky(tf.add(tf.matMul(scaled, scaled, true, false), identity(factor.shape.at(-1) ?? 1)))
}

/**
 * vᵀ (F Fᵀ + D)⁻¹ v for vectors v [..., n] as the minimum of |D^(−½) (v − F u)|² + |u|² over u, which is at u = C⁻¹ Fᵀ D⁻¹ v. A rounding error of u
 * changes it in second order only.
 */
export const lowRankQuadratic = (factor: tf.Tensor, diagonal: tf.Tensor, chol: tf.Tensor, v: tf.Tensor): tf.Tensor => {
  const projected = timesVector(transposed(factor), tf.div(v, diagonal))
  const u = solveTriangularVector(chol, solveTriangularVector(chol, projected), { transposed: true })
  const rest = tf.sub(v, timesVector(factor, u))
  return tf.add(tf.sum(tf.div(tf.square(rest), diagonal), -1), tf.sum(tf.square(u), -1))
}
