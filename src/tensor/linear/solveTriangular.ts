import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { runSpecial, type Special } from "../special/Special.ts"
import { sumTo } from "../sumTo.ts"
import { asColumn, diagonalOf, transposed as flipped, lowerPart, mustBeSquare, orderOf, upperPart } from "./matrices.ts"

export interface Triangle {
  /** whether the entries below the diagonal are read; if false, those above it */
  readonly lower?: boolean
  /** whether the equation is that of the transposed triangle */
  readonly transposed?: boolean
}

/**
 * The solution X of T X = B for triangles T `[…, n, n]` and right sides B `[…, n, k]`, whose leading dimensions broadcast. Entries on the other side
 * of the diagonal are not read.
 *
 * A program records one node for it. An engine runs 4 n + 3 ops one after the other (11 for n = 2, 23 for 5, 83 for 20), one more for a transposed
 * triangle. The gradient is B̄ = T⁻ᵀ X̄ and T̄ = −B̄ Xᵀ in the triangle (Giles, "Collected matrix derivative results for forward and reverse mode",
 * 2008, section 2.2.4).
 *
 * @throws ShapeMismatch when the triangle is not square or the right side has another number of rows
 * @example
 * ```ts
 * solveTriangular(tf.tensor2d([[2, 0], [1, 2]]), tf.tensor2d([[2], [5]])).flatten() // => [1, 2]
 * ```
 */
export const solveTriangular = (
  triangle: tf.Tensor,
  right: tf.Tensor,
  { lower = true, transposed = false }: Triangle = {}
): tf.Tensor => {
  mustBeSquare("solveTriangular", triangle)
  const [n, rows] = [orderOf(triangle), right.shape.at(-2)]
  if (rows !== n) {
    const expected = [...right.shape.slice(0, -2), n, right.shape.at(-1) ?? 1]
    throw new ShapeMismatch({ site: undefined, where: "solveTriangular", expected, actual: right.shape })
  }
  return runSpecial(SolveTriangular, [triangle, right], { lower, transposed })
}

/** The solutions x `[…, n]` of T x = b for vectors b `[…, n]`. */
export const solveTriangularVector = (triangle: tf.Tensor, right: tf.Tensor, options: Triangle = {}): tf.Tensor => {
  const solution = solveTriangular(triangle, asColumn(right), options)
  return tf.reshape(solution, solution.shape.slice(0, -1))
}

export const SolveTriangular: Special = {
  kernel: "SolveTriangular",
  inputs: ["triangle", "right"],
  forward: ([triangle, right], { lower, transposed }) =>
    substitute(
      transposed === true ? flipped(triangle as tf.Tensor) : (triangle as tf.Tensor),
      right as tf.Tensor,
      lower !== transposed
    ),
  gradient: (dy, [triangle, right], y, attrs) => {
    const [lower, transposed] = [attrs["lower"] === true, attrs["transposed"] === true]
    const back = solveTriangular(triangle as tf.Tensor, dy, { lower, transposed: !transposed })
    return [
      () => {
        const product = transposed ? tf.matMul(y, back, false, true) : tf.matMul(back, y, false, true)
        return sumTo(tf.neg(lower ? lowerPart(product) : upperPart(product)), triangle?.shape ?? [])
      },
      () => sumTo(back, right?.shape ?? [])
    ]
  }
}

/** Substitution, downwards or upwards, with rows divided by their pivots beforehand. */
const substitute = (triangle: tf.Tensor, right: tf.Tensor, downwards: boolean): tf.Tensor => {
  const n = orderOf(triangle)
  const pivots = asColumn(diagonalOf(triangle))
  const unit = tf.div(triangle, pivots)
  let rest = tf.div(right, pivots)
  const rows: Array<tf.Tensor> = []
  const order = Array.from({ length: n }, (_, i) => (downwards ? i : n - 1 - i))
  for (const i of order) {
    const row = part(rest, i, 0, 1, rest.shape.at(-1) ?? 1)
    rows[i] = row
    if (i !== order.at(-1)) rest = tf.sub(rest, tf.mul(part(unit, 0, i, n, 1), row))
  }
  return tf.concat(rows, -2)
}

/** The same block of every matrix of a stack. */
const part = (matrix: tf.Tensor, row: number, column: number, rows: number, columns: number): tf.Tensor => {
  const lead = matrix.shape.slice(0, -2)
  return tf.slice(matrix, [...lead.map(() => 0), row, column], [...lead, rows, columns])
}
