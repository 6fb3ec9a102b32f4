import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { type Shape, sameShape } from "../Tensor.ts"

/** A constant [n, n], entry by entry. */
const constant = (n: number, entry: (i: number, j: number) => number): tf.Tensor =>
  tf.tensor2d(
    Float32Array.from({ length: n * n }, (_, place) => entry(Math.floor(place / n), place % n)),
    [n, n]
  )

export const identity = (n: number): tf.Tensor => constant(n, (i, j) => (i === j ? 1 : 0))

/** The order of the square matrices [..., n, n]. */
export const orderOf = (matrix: tf.Tensor): number => matrix.shape.at(-1) ?? 1

/** The entries on the diagonal and below it, zeros above. */
export const lowerPart = (matrix: tf.Tensor): tf.Tensor =>
  tf.mul(
    matrix,
    constant(orderOf(matrix), (i, j) => (i >= j ? 1 : 0))
  )

/** The entries on the diagonal and above it, zeros below. */
export const upperPart = (matrix: tf.Tensor): tf.Tensor =>
  tf.mul(
    matrix,
    constant(orderOf(matrix), (i, j) => (i <= j ? 1 : 0))
  )

/** The entries below the diagonal, zeros elsewhere. */
export const strictlyLowerPart = (matrix: tf.Tensor): tf.Tensor =>
  tf.mul(
    matrix,
    constant(orderOf(matrix), (i, j) => (i > j ? 1 : 0))
  )

/** The entries below the diagonal and half of those on it: Murray's Φ. */
export const lowerHalf = (matrix: tf.Tensor): tf.Tensor =>
  tf.mul(
    matrix,
    constant(orderOf(matrix), (i, j) => (i > j ? 1 : i === j ? 0.5 : 0))
  )

/** The diagonals [..., n] of matrices [..., n, n]. */
export const diagonalOf = (matrix: tf.Tensor): tf.Tensor => tf.sum(tf.mul(matrix, identity(orderOf(matrix))), -1)

/** Matrices [..., n, n] with the numbers [..., n] on their diagonals. */
export const diagonalMatrix = (numbers: tf.Tensor): tf.Tensor =>
  tf.mul(asColumn(numbers), identity(numbers.shape.at(-1) ?? 1))

/** The transposes of matrices [..., m, n]. */
export const transposed = (matrix: tf.Tensor): tf.Tensor => {
  const axes = matrix.shape.map((_, i) => i)
  return tf.transpose(matrix, [...axes.slice(0, -2), ...axes.slice(-2).reverse()])
}

/** Vectors [..., n] as matrices of one column, [..., n, 1]. */
export const asColumn = (vector: tf.Tensor): tf.Tensor => tf.reshape(vector, [...vector.shape, 1])

/** The products [..., m] of matrices [..., m, n] and vectors [..., n], whose leading dimensions broadcast. */
export const timesVector = (matrix: tf.Tensor, vector: tf.Tensor): tf.Tensor => {
  const [m = 1, n = 1] = matrix.shape.slice(-2)
  if (matrix.rank > 2) return tf.sum(tf.mul(matrix, tf.reshape(vector, [...vector.shape.slice(0, -1), 1, n])), -1)
  return tf.reshape(tf.matMul(tf.reshape(vector, [-1, n]), matrix, false, true), [...vector.shape.slice(0, -1), m])
}

/** The products of matrices [..., m, k] and [..., k, n], whose leading dimensions broadcast separately. (`tf.matMul` broadcasts them only all together.) */
export const timesMatrix = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const [ours, theirs] = [a.shape.slice(0, -2), b.shape.slice(0, -2)]
  if (ours.length === 0 || theirs.length === 0 || sameShape(ours, theirs)) return tf.matMul(a, b)
  const [m = 1, k = 1] = a.shape.slice(-2)
  const n = b.shape.at(-1) ?? 1
  return tf.sum(tf.mul(tf.reshape(a, [...ours, m, k, 1]), tf.reshape(b, [...theirs, 1, k, n])), -2)
}

/** Refuses anything that is no stack of square matrices. */
export const mustBeSquare = (where: string, { shape }: { readonly shape: Shape }): void => {
  const [m, n] = shape.slice(-2)
  if (shape.length >= 2 && m === n) return
  const side = n ?? 1
  throw new ShapeMismatch({
    site: undefined,
    where,
    expected: [...shape.slice(0, -2), side, side],
    actual: shape,
    advice: "Give square matrices."
  })
}
