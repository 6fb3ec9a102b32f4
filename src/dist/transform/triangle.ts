import * as tf from "@tensorflow/tfjs"
import { cut, lengthOf, zeroPad } from "./lastAxis.ts"

/** Whether a triangle includes the diagonal, or only the entries below it. */
export type Triangle = "lower" | "strictlyLower"

const lengths = (n: number, part: Triangle): ReadonlyArray<number> =>
  part === "lower" ? Array.from({ length: n }, (_, i) => i + 1) : Array.from({ length: n - 1 }, (_, i) => i + 1)

/** Puts numbers, row by row, into the triangle of matrices [n, n], with zeros elsewhere. */
export const fill = (x: tf.Tensor, n: number, part: Triangle): tf.Tensor => {
  const first = part === "lower" ? [] : [tf.zeros([...x.shape.slice(0, -1), n])]
  const counts = lengths(n, part)
  const rows =
    counts.length === 0 ? [] : tf.split(x, [...counts], x.rank - 1).map((row) => zeroPad(row, 0, n - lengthOf(row)))
  return tf.stack([...first, ...rows], x.rank - 1)
}

/** The numbers of the triangle of a matrix, row by row. */
export const read = (matrix: tf.Tensor, part: Triangle): tf.Tensor => {
  const lead = matrix.shape.slice(0, -2)
  const n = lengthOf(matrix)
  const rows = tf.unstack(matrix, matrix.rank - 2).slice(part === "lower" ? 0 : 1)
  const taken = lengths(n, part).map((count, i) => cut(rows[i] ?? matrix, 0, count))
  return tf.reshape(tf.concat(taken, lead.length), [...lead, -1])
}

/** 1 strictly below the diagonal of an [n, n] matrix. */
export const belowDiagonal = (n: number): tf.Tensor =>
  tf.tensor2d(
    Float32Array.from({ length: n * n }, (_, i) => (i % n < Math.floor(i / n) ? 1 : 0)),
    [n, n]
  )

/** The diagonals of matrices. */
export const diagonal = (matrix: tf.Tensor): tf.Tensor => tf.sum(tf.mul(matrix, tf.eye(lengthOf(matrix))), -1)

/** Matrices with replaced diagonals. */
export const withDiagonal = (matrix: tf.Tensor, values: tf.Tensor): tf.Tensor => {
  const n = lengthOf(matrix)
  return tf.add(tf.mul(matrix, tf.sub(1, tf.eye(n))), tf.mul(tf.eye(n), tf.expandDims(values, values.rank)))
}
