import * as tf from "@tensorflow/tfjs"
import { logDetFromCholesky } from "../../../tensor/linear/cholesky.ts"
import { asColumn, diagonalMatrix, diagonalOf, transposed } from "../../../tensor/linear/matrices.ts"
import { solveTriangular, solveTriangularVector } from "../../../tensor/linear/solveTriangular.ts"
import { rowSquares } from "../../formula/covarianceRoot.ts"
import { capacitance, lowRankQuadratic } from "../../formula/lowRank.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"

type Given = Parameters<ClosedForm>[0]

/** What KL asks of a normal distribution of vectors. */
interface Gaussian {
  readonly loc: tf.Tensor
  /** a root of the covariance, [..., n, m]: Σ = M Mᵀ */
  readonly root: tf.Tensor
  /** cᵀ Σ⁻¹ c for columns c, [..., n, m] → [..., m] */
  readonly quadratic: (columns: tf.Tensor) => tf.Tensor
  readonly halfLogDet: tf.Tensor
  /** tr(Σ⁻¹ Σ) = n, with the rounding that `quadratic` has where it has any, so that it goes away in the difference */
  readonly order: tf.Tensor | number
}

const tensor = (given: Given, name: string): tf.Tensor => {
  const value = get(given, name)
  return typeof value === "number" ? tf.scalar(value) : value
}

/** From `scaleTril`, the Cholesky factor of the covariance. */
const full = (given: Given): Gaussian => {
  const root = tensor(given, "scaleTril")
  return {
    loc: tensor(given, "loc"),
    root,
    quadratic: (columns) => tf.sum(tf.square(solveTriangular(root, columns)), -2),
    halfLogDet: tf.mul(0.5, logDetFromCholesky(root)),
    order: root.shape.at(-1) ?? 1
  }
}

/** From `factor` F and `diagonal` d: Σ = F Fᵀ + diag d. */
const lowRank = (given: Given): Gaussian => {
  const [factor, diagonal] = [tensor(given, "factor"), tensor(given, "diagonal")]
  const root = tf.concat(spreadAlike(factor, diagonalMatrix(tf.sqrt(diagonal))), -1)
  const chol = capacitance(factor, diagonal)
  const quadratic = (columns: tf.Tensor): tf.Tensor =>
    lowRankQuadratic(oneForAll(factor), tf.expandDims(diagonal, -2), oneForAll(chol), transposed(columns))
  return {
    loc: tensor(given, "loc"),
    root,
    quadratic,
    halfLogDet: tf.mul(0.5, tf.add(logDetFromCholesky(chol), tf.sum(tf.log(diagonal), -1))),
    order: tf.sum(quadratic(root), -1)
  }
}

/** Matrices [..., m, n] for vectors [..., count, n]. */
const oneForAll = (matrix: tf.Tensor): tf.Tensor => (matrix.rank === 2 ? matrix : tf.expandDims(matrix, -3))

/** Matrices with equal leading dimensions. */
const spreadAlike = (...matrices: ReadonlyArray<tf.Tensor>): Array<tf.Tensor> => {
  const [most = []] = matrices.map(({ shape }) => shape.slice(0, -2)).sort((a, b) => b.length - a.length)
  return matrices.map((each) => (each.rank < most.length + 2 ? tf.add(each, tf.zeros([...most, 1, 1])) : each))
}

/** KL = ½ (tr(Σₚ⁻¹ Σ_q) − n + (μₚ − μ_q)ᵀ Σₚ⁻¹ (μₚ − μ_q) + log |Σₚ| − log |Σ_q|), with the trace as Σ c ᵀ Σₚ⁻¹ c over the columns of a root of Σ_q. */
const between =
  (readQ: (given: Given) => Gaussian, readP: (given: Given) => Gaussian): ClosedForm =>
  (given, other) => {
    const [q, p] = [readQ(given), readP(other)]
    const n = q.root.shape.at(-2) ?? 1
    const distance = tf.add(tf.sub(p.loc, q.loc), tf.zeros([n]))
    const trace = tf.sum(p.quadratic(q.root), -1)
    const squares = tf.add(tf.sub(trace, p.order), tf.sum(p.quadratic(asColumn(distance)), -1))
    return tf.add(tf.mul(0.5, squares), tf.sub(p.halfLogDet, q.halfLogDet))
  }

/** The same for independent normal numbers q, one term for each of them. */
const independentFull: ClosedForm = (q, given) => {
  const p = full(given)
  const ones = tf.ones([orderOfLoc(p)])
  const columns = solveTriangular(p.root, diagonalMatrix(tf.mul(get(q, "scale"), ones)))
  const whitened = solveTriangularVector(p.root, tf.mul(tf.sub(get(q, "loc"), p.loc), ones))
  const squares = tf.sub(tf.add(tf.sum(tf.square(columns), -2), tf.square(whitened)), 1)
  return tf.add(tf.mul(0.5, squares), tf.sub(tf.log(diagonalOf(p.root)), get(q, "logScale")))
}

const orderOfLoc = ({ root }: Gaussian): number => root.shape.at(-1) ?? 1

/** The same for independent normal numbers p. */
const fullIndependent: ClosedForm = (given, p) => {
  const q = full(given)
  const precision = tf.exp(tf.mul(-2, get(p, "logScale")))
  const spread = tf.add(rowSquares(q.root), tf.square(tf.sub(q.loc, get(p, "loc"))))
  const terms = tf.mul(0.5, tf.sub(tf.mul(spread, precision), 1))
  return tf.sum(tf.add(terms, tf.sub(get(p, "logScale"), tf.log(diagonalOf(q.root)))), -1)
}

/** Steps are independent, and the first alone knows where the walk starts. */
const walkWalk: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "scale"), get(p, "scale")]
  const ratio = tf.div(a, b)
  const each = tf.sub(tf.mul(0.5, tf.sub(tf.square(ratio), 1)), tf.sub(tf.log(a), tf.log(b)))
  const start = tf.square(tf.div(tf.sub(get(q, "loc"), get(p, "loc")), b))
  return tf.add(tf.mul(get(q, "steps"), each), tf.mul(0.5, start))
}

/** The transform is the same: KL is that of the normal numbers. */
const logisticLogistic: ClosedForm = (q, p) => {
  const log = tf.sub(get(q, "logScale"), get(p, "logScale"))
  const distance = tf.square(tf.div(tf.sub(get(q, "loc"), get(p, "loc")), get(p, "scale")))
  const squares = tf.sub(tf.add(tf.exp(tf.mul(2, log)), distance), 1)
  return tf.sum(tf.sub(tf.mul(0.5, squares), log), -1)
}

export const gaussian = {
  "MultivariateNormal‖MultivariateNormal": between(full, full),
  "MultivariateNormal‖LowRankMultivariateNormal": between(full, lowRank),
  "MultivariateNormal‖GaussianProcess": between(full, full),
  "MultivariateNormal‖Normal": fullIndependent,
  "LowRankMultivariateNormal‖LowRankMultivariateNormal": between(lowRank, lowRank),
  "LowRankMultivariateNormal‖MultivariateNormal": between(lowRank, full),
  "LowRankMultivariateNormal‖GaussianProcess": between(lowRank, full),
  "GaussianProcess‖GaussianProcess": between(full, full),
  "GaussianProcess‖MultivariateNormal": between(full, full),
  "GaussianProcess‖LowRankMultivariateNormal": between(full, lowRank),
  "Normal‖MultivariateNormal": independentFull,
  "Normal‖GaussianProcess": independentFull,
  "GaussianRandomWalk‖GaussianRandomWalk": walkWalk,
  "LogisticNormal‖LogisticNormal": logisticLogistic
} as const satisfies ClosedForms
