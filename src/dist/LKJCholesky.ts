import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import { asColumn, diagonalMatrix, diagonalOf, identity, strictlyLowerPart } from "../tensor/linear/matrices.ts"
import { Key, normal } from "../tensor/random.ts"
import { densityInside, insideOf } from "../tensor/special/insideOf.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { checkCount, shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { rootsGap } from "./formula/gammaDifferences.ts"
import { logConstant, logSquares, rowsOf } from "./formula/lkj.ts"
import { logOfPositive } from "./formula/logOfPositive.ts"

const constraints = { concentration: "positive" } as const

/**
 * Cholesky factors L of correlation matrices R = L Lᵀ whose density is ∝ |R|^(concentration − 1) (Lewandowski, Kurowicka and Joe, "Generating random
 * correlation matrices based on vines and extended onion method", J. Multivariate Analysis 100, 2009). In the entries below the diagonal, log p(L) =
 * Σᵢ (n − i + 2·concentration − 2) log Lᵢᵢ − log c, with i from 2 to n: at concentration 1 the density of R is uniform over all correlation matrices;
 * above 1 matrices near the identity have a higher density.
 *
 * Draws are made by the onion method: row i is i − 1 standard normal numbers and √(2g), divided by their length, with g ~ Gamma(concentration + (n −
 * i)/2); its gradient is implicit through g. The mode is the identity, and NaN for a concentration below 1.
 *
 * @param dimension n, the order of the matrices, at least 2
 * @param concentration above 0: a number, or a tensor with one for each matrix
 * @throws SupportViolation when the dimension is no whole number from 2, or the concentration is a number not above 0
 * @example
 * ```ts
 * const lower = Tensor.of([2, 2], tf.tensor2d([[1, 0], [0.6, 0.8]]))
 * LKJCholesky(2, 1).logProb(lower) // => -Math.LN2
 * LKJCholesky(2, 2).logProb(lower) // => Math.log(0.75 * 0.64)
 * ```
 */
export const LKJCholesky = <const N extends number, const A extends Param>(
  dimension: N,
  concentration: A
): Dist<readonly [...ShapeOf<A>, N, N], "correlationCholesky", "implicit" | "score", "LKJCholesky"> &
  Has<readonly [...ShapeOf<A>, N, N], "entropy" | "mode"> => {
  const lead = shapeOfParameters("LKJCholesky", constraints, { concentration }) as ShapeOf<A>
  const n: number = dimension
  checkCount("LKJCholesky.dimension", n, 2)
  const rows = (): ReturnType<typeof rowsOf> => rowsOf(n, concentration)
  /** the given numbers for the rows from the second on, with a 1 in front for the first row */
  const withFirst = (first: number, others: tf.Tensor): tf.Tensor =>
    tf.concat([tf.fill([...others.shape.slice(0, -1), 1], first), others], -1)
  /** two numbers about Lᵢᵢ², which is Beta(a, m/2) distributed: its mean, and log E[Lᵢᵢ²] − 2 log E[Lᵢᵢ] */
  const squares = (): { readonly mean: tf.Tensor; readonly gap: tf.Tensor } => {
    const { a, half } = rows()
    return { mean: tf.div(a, tf.add(a, half)), gap: rootsGap(a, half) }
  }
  const meanDiagonal = (): tf.Tensor => {
    const { mean, gap } = squares()
    return tf.mul(tf.sqrt(mean), tf.exp(tf.mul(-0.5, gap)))
  }
  return fromFamily({
    family: "LKJCholesky",
    shape: [...lead, n, n] as unknown as readonly [...ShapeOf<A>, N, N],
    eventRank: 2,
    support: "correlationCholesky",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ dimension: n, concentration }),
    logDensity: (x) => {
      const from = x.shape.slice(0, -2)
      const diagonal = tf.slice(diagonalOf(tf.clipByValue(x, -2, 2)), [...from.map(() => 0), 1], [...from, n - 1])
      const powers = tf.mul(tf.sub(tf.mul(2, rows().a), 2), logOfPositive(diagonal))
      const onDiagonal = densityInside(powers, diagonal, 0, 2, { inclusive: false })
      // rounding may make a number a little larger than 1
      const inside = tf.sum(insideOf(x, -2, 2), [-2, -1])
      return tf.add(tf.sub(tf.sum(onDiagonal, -1), logConstant(rows())), inside)
    },
    draw: (key, size) => {
      const from = size.slice(0, -2)
      const logs = logStandardGamma(Key.fork(key, "gamma"), rows().a, [...from, n - 1])
      const below = strictlyLowerPart(normal(Key.fork(key, "normal"), size))
      // a diagonal below e⁻⁸⁰ would vanish when its row is divided by its length
      const diagonal = withFirst(1, tf.exp(tf.maximum(tf.mul(0.5, tf.add(logs, Math.LN2)), -80)))
      const lengths = tf.sqrt(tf.add(tf.sum(tf.square(below), -1), tf.square(diagonal)))
      return tf.div(tf.add(below, diagonalMatrix(diagonal)), asColumn(lengths))
    },
    mean: () => diagonalMatrix(withFirst(1, meanDiagonal())),
    variance: () => {
      const { a, half } = rows()
      const { mean, gap } = squares()
      const diagonal = tf.mul(mean, tf.neg(tf.expm1(tf.neg(gap))))
      /** E[|w|²]/m, the same in all rows, down the last column of a and half */
      const below = tf.div(0.5, tf.add(a, half))
      const matrix = strictlyLowerPart(tf.mul(asColumn(withFirst(0, below)), tf.ones([n, n])))
      return tf.add(matrix, diagonalMatrix(withFirst(0, diagonal)))
    },
    entropy: () => {
      const terms = tf.mul(tf.sub(rows().a, 1), logSquares(rows()))
      return tf.sub(logConstant(rows()), tf.sum(terms, -1))
    },
    mode: () => {
      const eta = tf.reshape(concentration, [...lead, 1, 1])
      const unless = tf.where(tf.greaterEqual(eta, 1), tf.zerosLike(eta), tf.fill(eta.shape, Number.NaN))
      return tf.add(identity(n), unless)
    }
  })
}
