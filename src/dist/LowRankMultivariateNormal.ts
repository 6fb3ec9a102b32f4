import * as tf from "@tensorflow/tfjs"
import { logDetFromCholesky } from "../tensor/linear/cholesky.ts"
import { timesVector } from "../tensor/linear/matrices.ts"
import { normal } from "../tensor/random.ts"
import type { Alike, Param, Shape, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { mustBeTensor } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { densityOfFinite } from "./formula/bounds.ts"
import { capacitance, lowRankQuadratic } from "./formula/lowRank.ts"
import { type Fits, type Matrices, shapeOfRows, type VectorsOf } from "./formula/vectorShape.ts"

const constraints = { loc: "real", factor: "real", diagonal: "positive" } as const

/** The common shape of two vector parameters and the rows of a matrix. */
type RowShape<A, B, C> = VectorsOf<ShapeOf<A, C> extends readonly [] ? number : Tensor<ShapeOf<A, C>>, B>

/**
 * Normal vectors of n numbers whose covariance is Σ = F Fᵀ + D, with a factor F of few columns and a diagonal D: log p(x) = −½ (x − loc)ᵀ Σ⁻¹ (x −
 * loc) − ½ log |Σ| − ½ n log 2π.
 *
 * Only the k × k matrix C = I + Fᵀ D⁻¹ F is factorised: log |Σ| = log |C| + Σ log dᵢ by the matrix determinant lemma, and by Woodbury's identity δᵀ
 * Σ⁻¹ δ = |D^(−½) (δ − F u)|² + |u|² with u = C⁻¹ Fᵀ D⁻¹ δ, a sum of squares, in which nothing cancels.
 *
 * A KL divergence between two of them is exact to 2e-6 (relative to its size, or to 1 if it is smaller) if the squares of F are at most 1e8 times the
 * diagonal of D. This ratio is the condition number of Σ. At 1e9 the divergence is exact to 5e-6, and its gradient to 3e-3.
 *
 * @param loc the mean: a tensor `[…, n]`, or a number for all
 * @param factor F, a tensor `[n, k]`, or one for each vector, `[…, n, k]`
 * @param diagonal the diagonal of D, above 0: a tensor of the shape of `loc`, or a number for all
 * @throws ShapeMismatch when the parameters do not match; SupportViolation when the diagonal is a number not above 0
 * @example
 * ```ts
 * const loadings = Tensor.of([3, 1], tf.tensor2d([[1], [2], [-1]]))
 * const near = LowRankMultivariateNormal(0, loadings, 0.5)
 * near.variance() // => [1.5, 4.5, 1.5]
 * ```
 */
export const LowRankMultivariateNormal = <
  const A extends Param,
  const B extends Tensor<Matrices>,
  const C extends Param
>(
  loc: A,
  factor: B & Fits<A, B>,
  diagonal: C & Alike<A, C>
): Dist<RowShape<A, B, C>, "real", "reparameterized" | "score", "LowRankMultivariateNormal"> &
  Has<RowShape<A, B, C>, "entropy" | "mode"> => {
  const shape = shapeOf(loc, factor, diagonal)
  const [n = 1, k = 1] = factor.shape.slice(-2)
  const vectors = (x: Param): tf.Tensor => tf.add(x, tf.zeros([n]))
  const root = (): tf.Tensor => capacitance(factor, vectors(diagonal))
  const halfLogDet = (chol: tf.Tensor): tf.Tensor =>
    tf.mul(0.5, tf.add(logDetFromCholesky(chol), tf.sum(tf.log(vectors(diagonal)), -1)))
  return fromFamily({
    family: "LowRankMultivariateNormal",
    shape: shape as RowShape<A, B, C>,
    eventRank: 1,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, factor, diagonal: vectors(diagonal) }),
    logDensity: (x) => {
      const chol = root()
      const squares = lowRankQuadratic(factor, vectors(diagonal), chol, tf.sub(x, loc))
      const constant = tf.add(halfLogDet(chol), n * 0.5 * Math.log(2 * Math.PI))
      return densityOfFinite(tf.neg(tf.add(tf.mul(0.5, squares), constant)), x)
    },
    draw: (key, size) => {
      const lead = size.slice(0, -1)
      const zeros = lead.map(() => 0)
      const noise = normal(key, [...lead, k + n])
      const common = timesVector(factor, tf.slice(noise, [...zeros, 0], [...lead, k]))
      const own = tf.mul(tf.sqrt(diagonal), tf.slice(noise, [...zeros, k], [...lead, n]))
      return tf.add(loc, tf.add(common, own))
    },
    mean: () => loc,
    variance: () => tf.add(tf.sum(tf.square(factor), -1), diagonal),
    entropy: () => tf.add(halfLogDet(root()), n * 0.5 * Math.log(2 * Math.PI * Math.E)),
    mode: () => loc
  })
}

const shapeOf = (loc: Param, factor: Tensor, diagonal: Param): Shape => {
  shapeOfParameters("LowRankMultivariateNormal", constraints, { loc, diagonal })
  mustBeTensor("LowRankMultivariateNormal.factor", factor)
  const vectors = [loc, diagonal].find((x) => typeof x !== "number" && x.shape.length > 0)
  return shapeOfRows("LowRankMultivariateNormal", vectors ?? 0, factor)
}
