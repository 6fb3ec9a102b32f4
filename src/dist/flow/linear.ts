import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import type { Tensor } from "../../tensor/Tensor.ts"
import { cut, lengthOf, sumLast } from "../transform/lastAxis.ts"
import { permute } from "../transform/permute.ts"
import { fill } from "../transform/triangle.ts"
import { type Flow, flow } from "./flow.ts"

/**
 * An invertible linear map of the last dimension, y = PLUx, with log|det J| = Σ logDiagonal. P is a fixed permutation, L is lower triangular with
 * ones on its diagonal, and U is upper triangular with exp(logDiagonal) on its diagonal. On the channels of an image it is Glow's invertible 1×1
 * convolution (Kingma and Dhariwal 2018, equations 10–11). The inverse is by substitution.
 *
 * @param lower the n(n − 1)/2 numbers below L's diagonal, row by row
 * @param upper the numbers above U's diagonal, in the order of the rows of its transpose
 * @param logDiagonal n numbers
 * @param order the permutation, as for `Transform.permute`; the identity if left out
 * @throws ShapeMismatch when the numbers of parameters do not match; SupportViolation when the order is no permutation
 * @example
 * ```ts
 * const shear = Flow.linear({
 *   lower: Tensor.of([1], tf.tensor1d([2])),
 *   upper: Tensor.of([1], tf.tensor1d([0])),
 *   logDiagonal: Tensor.of([2], tf.tensor1d([0, 0]))
 * })
 * shear.forward(tf.tensor1d([1, 5])) // => [1, 7]
 * ```
 */
export const linear = <const N extends number>({
  lower,
  upper,
  logDiagonal,
  order
}: {
  readonly lower: Tensor<readonly [number]>
  readonly upper: Tensor<readonly [number]>
  readonly logDiagonal: Tensor<readonly [N]>
  readonly order?: ReadonlyArray<number>
}): Flow<"linear(…)"> => {
  const n = lengthOf(logDiagonal)
  const below = (n * (n - 1)) / 2
  const arrangement = permute(order ?? Array.from({ length: n }, (_, i) => i))
  const sizes = [
    [below, lengthOf(lower)],
    [below, lengthOf(upper)],
    [n, order?.length ?? n]
  ] as const
  for (const [expected, actual] of sizes)
    if (expected !== actual)
      throw new ShapeMismatch({ site: undefined, where: "linear(…)", expected: [expected], actual: [actual] })
  const unit = (numbers: tf.Tensor): tf.Tensor => tf.add(fill(numbers, n, "strictlyLower"), tf.eye(n))
  /** L, and the transpose of U */
  const left = (): tf.Tensor => unit(lower)
  const right = (): tf.Tensor => tf.add(fill(upper, n, "strictlyLower"), tf.mul(tf.eye(n), tf.exp(logDiagonal)))
  return flow("linear(…)", {
    parameterShape: [n],
    forward: (x) => {
      // rows are vectors: xᵀUᵀLᵀ
      const rows = tf.reshape(x, [-1, n])
      const product = tf.matMul(tf.matMul(rows, right()), left(), false, true)
      return arrangement.forward(tf.reshape(product, x.shape))
    },
    inverse: (y) => {
      const rows = tf.reshape(arrangement.inverse(y), [-1, n])
      const between = substituted(rows, tf.transpose(left()), range(n))
      const scaled = tf.mul(between, tf.exp(tf.neg(logDiagonal)))
      const unitUpper = tf.mul(right(), tf.exp(tf.neg(logDiagonal)))
      return tf.reshape(substituted(scaled, unitUpper, range(n).reverse()), y.shape)
    },
    logDetJacobian: (x) => tf.add(tf.zeros(x.shape.slice(0, -1)), sumLast(logDiagonal))
  })
}

const range = (n: number): Array<number> => Array.from({ length: n }, (_, i) => i)

/** The rows x with x·M = y, for a triangular M with ones on its diagonal: each number follows from those before it in the order. */
const substituted = (y: tf.Tensor, matrix: tf.Tensor, order: ReadonlyArray<number>): tf.Tensor => {
  const n = order.length
  const off = tf.sub(matrix, tf.eye(n))
  return order.reduce((x, j) => tf.sub(x, tf.matMul(cut(x, j, 1), tf.slice(off, [j, 0], [1, n]))), y)
}
