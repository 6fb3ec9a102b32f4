import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../Errors.ts"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import { cholesky, logDetFromCholesky } from "../tensor/linear/cholesky.ts"
import {
  asColumn,
  diagonalMatrix,
  diagonalOf,
  lowerPart,
  mustBeSquare,
  strictlyLowerPart,
  timesMatrix
} from "../tensor/linear/matrices.ts"
import { solveTriangular } from "../tensor/linear/solveTriangular.ts"
import { Key, normal } from "../tensor/random.ts"
import { closeDeviance } from "../tensor/special/closeDeviance.ts"
import { digammaGap } from "../tensor/special/gamma.ts"
import { stirling } from "../tensor/special/stirling.ts"
import type { Param, Shape, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { mustBeTensor } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { densityOfFinite } from "./formula/bounds.ts"
import { rowSquares } from "./formula/covarianceRoot.ts"
import { decreasingByHalves } from "./formula/decreasingByHalves.ts"
import { type Matrices, mustBeOneForEach } from "./formula/vectorShape.ts"

const constraints = { df: "positive", scaleTril: "lowerCholesky" } as const

/**
 * Positive definite matrices: X = L A Aᵀ Lᵀ with lower-triangular A, whose diagonal holds the roots of χ²(df), χ²(df − 1), … and whose other numbers
 * are standard normal (Bartlett 1933). With V = L Lᵀ, log p(X) = ½ (df − n − 1) log |X| − ½ tr(V⁻¹ X) − ½ df n log 2 − ½ df log |V| − log Γₙ(df/2),
 * the density of the entries on and below the diagonal.
 *
 * It is the distribution of Σ xᵢ xᵢᵀ for df normal vectors of covariance V. The mode is NaN for df < n + 1. The log density of a matrix that is not
 * positive definite is NaN. The gradient of a draw is implicit through the diagonal of A.
 *
 * Log density and entropy are exact to 2e-6 of their size for a diagonal X up to df = 1e8. For other X float32 rounds the Cholesky factor, and this
 * rounding error of 6e-8 is multiplied by df: from df = 1e4 on, the gradient by the scale is exact only to 3e-2 of the change of the log density. KL
 * divergences are exact to 2e-6.
 *
 * @param df degrees of freedom, n or more (between n − 1 and n there is a density, but draws in float32 are too often singular): a number, a scalar,
 *   or one for each matrix
 * @param scaleTril L, lower-triangular with a positive diagonal: `[…, n, n]`
 * @throws ShapeMismatch when the matrices are not square or df does not match them; SupportViolation when df is a number below n
 * @example
 * ```ts
 * const scaleTril = Tensor.of([2, 2], tf.tensor2d([[1, 0], [0, 1]]))
 * const spread = Wishart(3, scaleTril)
 * spread.mean().flatten() // => [3, 0, 0, 3]
 * spread.logProb(tf.tensor2d([[2, 1], [1, 2]])) // => -2 - Math.log(4 * Math.PI)
 * ```
 */
export const Wishart = <const B extends Tensor<Matrices>>(
  df: Param,
  scaleTril: B
): Dist<ShapeOf<B>, "positiveDefinite", "implicit" | "score", "Wishart"> & Has<ShapeOf<B>, "entropy" | "mode"> => {
  mustBeTensor("Wishart.scaleTril", scaleTril)
  mustBeSquare("Wishart", scaleTril)
  const shape: Shape = scaleTril.shape
  const [lead, n] = [shape.slice(0, -2), shape.at(-1) ?? 1]
  const given = shapeOfParameters("Wishart", constraints, { df })
  mustBeOneForEach("Wishart", lead, given)
  if (typeof df === "number" && df < n) throw tooFew(df, n)
  const root = (): tf.Tensor => lowerPart(scaleTril)
  const matrix = (x: tf.Tensor): tf.Tensor => (x.rank === 0 ? x : asColumn(asColumn(x)))
  const half = (): tf.Tensor => tf.mul(0.5, df)
  const scale = (): tf.Tensor => tf.matMul(root(), root(), false, true)
  const logDet = (): tf.Tensor => logDetFromCholesky(root())
  /** (n + 1)/2 log |V| + n (n + 1)/2 log 2 + n (n − 1)/4 log π: the part of the constants that does not grow with df */
  const logUnit = (): tf.Tensor =>
    tf.add(tf.mul((n + 1) / 2, logDet()), (n * (n + 1) * Math.LN2) / 2 + (n * (n - 1) * Math.log(Math.PI)) / 4)
  /** n − i for the rows i = 0, …, n − 1 */
  const below = (): tf.Tensor => tf.tensor1d(Float32Array.from({ length: n }, (_, i) => n - i))
  /**
   * From L⁻¹ times the Cholesky factor of X: half the squares of its diagonal, g, are gamma variables of concentrations (df − i)/2. The powers and
   * the trace combine to the deviances of these concentrations from g.
   */
  const logDensityOf = (factor: tf.Tensor, logDiagonal: tf.Tensor): tf.Tensor => {
    // the diagonal is above 0, but its computed range is not
    const [a, g] = [decreasingByHalves(half(), n), tf.mul(0.5, tf.square(tf.maximum(diagonalOf(factor), 1e-18)))]
    const { s, share } = stirling(a)
    const powers = tf.mul(tf.mul(0.5, tf.add(below(), 1)), tf.sub(tf.mul(2, logDiagonal), Math.LN2))
    const terms = tf.sub(tf.log(share), tf.add(tf.add(closeDeviance(a, g, tf.sub(g, a)), s), powers))
    const rest = tf.mul(0.5, tf.sum(tf.square(strictlyLowerPart(factor)), [-2, -1]))
    return tf.sub(tf.sub(tf.sum(terms, -1), rest), logUnit())
  }
  const factor = (key: Key, size: Shape): readonly [tf.Tensor, tf.Tensor] => {
    const logs = logStandardGamma(Key.fork(key, "gamma"), decreasingByHalves(half(), n), size.slice(0, -1))
    const logDiagonal = tf.mul(0.5, tf.add(logs, Math.LN2))
    const below = strictlyLowerPart(normal(Key.fork(key, "normal"), size))
    return [tf.add(below, diagonalMatrix(tf.exp(logDiagonal))), logDiagonal]
  }
  const squared = (a: tf.Tensor): tf.Tensor => {
    const product = timesMatrix(root(), a)
    return tf.matMul(product, product, false, true)
  }
  return fromFamily({
    family: "Wishart",
    shape: shape as ShapeOf<B>,
    eventRank: 2,
    support: "positiveDefinite",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ df, scaleTril }),
    logDensity: (x) => {
      const chol = cholesky(x)
      const factor = solveTriangular(root(), chol)
      return densityOfFinite(logDensityOf(factor, tf.log(diagonalOf(factor))), x, [-2, -1])
    },
    draw: (key, size) => squared(factor(key, size)[0]),
    drawAndLogDensity: (key, size) => {
      const [a, logDiagonal] = factor(key, size)
      return [squared(a), logDensityOf(a, logDiagonal)]
    },
    mean: () => tf.mul(matrix(tf.mul(df, 1)), scale()),
    variance: () => {
      const diagonal = rowSquares(root())
      const products = tf.mul(asColumn(diagonal), tf.expandDims(diagonal, -2))
      return tf.mul(matrix(tf.mul(df, 1)), tf.add(tf.square(scale()), products))
    },
    /** log Γ(a) − ½ (df − n − 1) ψ(a) + a of each row, with a = (df − i)/2 and a log a cancelled, and the constants */
    entropy: () => {
      const a = decreasingByHalves(half(), n)
      const { s, share } = stirling(a)
      const logs = tf.sub(tf.mul(tf.mul(0.5, tf.add(below(), 1)), tf.log(a)), tf.log(share))
      const curved = tf.mul(tf.sub(tf.add(a, 0), tf.mul(0.5, tf.add(below(), 1))), digammaGap(a))
      return tf.add(tf.sum(tf.add(tf.add(s, logs), curved), -1), tf.add(logUnit(), (n * (n - 1)) / 4))
    },
    mode: () => {
      const above = tf.sub(df, n + 1)
      const times = tf.where(tf.greaterEqual(above, 0), above, tf.fill(above.shape, Number.NaN))
      return tf.mul(matrix(times), scale())
    }
  })
}

const tooFew = (df: number, n: number): SupportViolation =>
  new SupportViolation({
    site: "Wishart.df",
    support: "positive",
    actual: `it is ${df}`,
    advice: `Give ${n} or more, for matrices of order ${n}.`
  })
