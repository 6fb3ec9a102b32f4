import * as tf from "@tensorflow/tfjs"
import { logSumExp } from "../../tensor/special/logSumExp.ts"

/** An associative product of stacks of matrices, [..., k, l] and [..., l, m]. */
export type MatrixProduct = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor

/** The product of matrices of logarithms: log Σⱼ exp(aᵢⱼ + bⱼₗ). */
export const logMatMul: MatrixProduct = (a, b) => logSumExp(tf.add(tf.expandDims(a, -1), tf.expandDims(b, -3)), -2)

/** All products M₁, M₁M₂, …, M₁⋯Mₙ of matrices [..., n, k, k], in log₂ n steps (Hillis and Steele 1986). */
export const prefixes = (product: MatrixProduct, matrices: tf.Tensor): tf.Tensor => {
  const n = countOf(matrices)
  let out = matrices
  for (let step = 1; step < n; step *= 2) {
    const longer = product(part(out, 0, n - step), part(out, step, n - step))
    out = tf.concat([part(out, 0, step), longer], -3)
  }
  return out
}

/** All products M₁⋯Mₙ, M₂⋯Mₙ, …, Mₙ. */
export const suffixes = (product: MatrixProduct, matrices: tf.Tensor): tf.Tensor => {
  const axis = matrices.rank - 3
  return tf.reverse(
    prefixes((a, b) => product(b, a), tf.reverse(matrices, axis)),
    axis
  )
}

/** The product M₁⋯Mₙ alone, [..., k, k]: pairs, then pairs of pairs. */
export const wholeProduct = (product: MatrixProduct, matrices: tf.Tensor): tf.Tensor => {
  let out = matrices
  for (let n = countOf(out); n > 1; n = countOf(out)) {
    const pairs = Math.floor(n / 2)
    const [lead, matrix] = [out.shape.slice(0, -3), out.shape.slice(-2)]
    const paired = tf.reshape(part(out, 0, 2 * pairs), [...lead, pairs, 2, ...matrix])
    const side = (i: number): tf.Tensor =>
      tf.reshape(tf.slice(paired, [...lead.map(() => 0), 0, i, 0, 0], [...lead, pairs, 1, ...matrix]), [
        ...lead,
        pairs,
        ...matrix
      ])
    const products = product(side(0), side(1))
    out = n % 2 === 0 ? products : tf.concat([products, part(out, n - 1, 1)], -3)
  }
  return tf.squeeze(out, [out.rank - 3])
}

const countOf = (matrices: tf.Tensor): number => matrices.shape.at(-3) ?? 1

/** A slice of the matrices. */
const part = (matrices: tf.Tensor, from: number, count: number): tf.Tensor => {
  const axis = matrices.rank - 3
  return tf.slice(
    matrices,
    matrices.shape.map((_, i) => (i === axis ? from : 0)),
    matrices.shape.map((n, i) => (i === axis ? count : n))
  )
}
