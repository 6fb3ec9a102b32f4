import * as tf from "@tensorflow/tfjs"
import { logDetFromCholesky } from "../../../tensor/linear/cholesky.ts"
import {
  asColumn,
  diagonalMatrix,
  diagonalOf,
  lowerPart,
  strictlyLowerPart,
  transposed
} from "../../../tensor/linear/matrices.ts"
import { solveTriangular, solveTriangularVector } from "../../../tensor/linear/solveTriangular.ts"
import { capacitance, lowRankQuadratic } from "../../formula/lowRank.ts"
import { type ClosedForm, type ClosedForms, get } from "./closedForm.ts"
import { cost, logRatio } from "./cost.ts"

type Given = Parameters<ClosedForm>[0]

/** The quantities of a multivariate normal distribution that KL needs. */
interface Gaussian {
  readonly loc: tf.Tensor
  /** a root of the covariance, [..., n, m]: Σ = M Mᵀ */
  readonly root: tf.Tensor
  /** cᵀ Σ⁻¹ c for columns c, [..., n, m] → [..., m] */
  readonly quadratic: (columns: tf.Tensor) => tf.Tensor
  readonly halfLogDet: tf.Tensor
  /** tr(Σ⁻¹ Σ) = n, with the same rounding error as `quadratic` if it has one, so that the error cancels in the difference */
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

/**
 * The same from the lower-triangular roots of both, as a sum of terms ≥ 0. With T = Lₚ⁻¹ L_q the terms are ½ Σ (Tᵢᵢ² − 1 − log Tᵢᵢ²), half the
 * squares of the entries of T below the diagonal, and half the squares of Lₚ⁻¹ (μ_q − μₚ). Below the diagonal T equals Lₚ⁻¹ (L_q − Lₚ).
 */
const betweenFull: ClosedForm = (given, other) => {
  const [ours, theirs] = [lowerPart(tensor(given, "scaleTril")), lowerPart(tensor(other, "scaleTril"))]
  const distance = tf.add(tf.sub(tensor(given, "loc"), tensor(other, "loc")), tf.zeros([ours.shape.at(-1) ?? 1]))
  return tf.add(spreadCost(ours, theirs), tf.mul(0.5, tf.sum(tf.square(solveTriangularVector(theirs, distance)), -1)))
}

const spreadCost = (ours: tf.Tensor, theirs: tf.Tensor): tf.Tensor => {
  const below = strictlyLowerPart(solveTriangular(theirs, tf.sub(ours, theirs)))
  const ofDiagonal = tf.sum(cost(tf.mul(2, logRatio(diagonalOf(ours), diagonalOf(theirs)))), -1)
  return tf.mul(0.5, tf.add(ofDiagonal, tf.sum(tf.square(below), [-2, -1])))
}

/** The same for independent normal numbers q, one term for each of them. */
const independentFull: ClosedForm = (q, given) => {
  const root = lowerPart(tensor(given, "scaleTril"))
  const ones = tf.ones([root.shape.at(-1) ?? 1])
  const scale = tf.mul(get(q, "scale"), ones)
  const columns = strictlyLowerPart(solveTriangular(root, diagonalMatrix(scale)))
  const whitened = solveTriangularVector(root, tf.mul(tf.sub(get(q, "loc"), get(given, "loc")), ones))
  const squares = tf.add(tf.sum(tf.square(columns), -2), tf.square(whitened))
  return tf.mul(0.5, tf.add(squares, cost(tf.mul(2, logRatio(scale, diagonalOf(root))))))
}

/** The same for independent normal numbers p. */
const fullIndependent: ClosedForm = (given, p) => {
  const root = lowerPart(tensor(given, "scaleTril"))
  const scale = tf.mul(get(p, "scale"), tf.ones([root.shape.at(-1) ?? 1]))
  const below = tf.sum(tf.square(tf.div(strictlyLowerPart(root), asColumn(scale))), -1)
  const squares = tf.add(below, tf.square(tf.div(tf.sub(get(given, "loc"), get(p, "loc")), scale)))
  return tf.mul(0.5, tf.sum(tf.add(squares, cost(tf.mul(2, logRatio(diagonalOf(root), scale)))), -1))
}

/** The steps are independent, and only the first depends on the start of the walk. */
const walkWalk: ClosedForm = (q, p) => {
  const [a, b] = [get(q, "scale"), get(p, "scale")]
  const start = tf.square(tf.div(tf.sub(get(q, "loc"), get(p, "loc")), b))
  return tf.mul(0.5, tf.add(tf.mul(get(q, "steps"), cost(tf.mul(2, logRatio(a, b)))), start))
}

/** The transform is the same: KL is that of the normal numbers. */
const logisticLogistic: ClosedForm = (q, p) => {
  const distance = tf.square(tf.div(tf.sub(get(q, "loc"), get(p, "loc")), get(p, "scale")))
  return tf.mul(0.5, tf.sum(tf.add(cost(tf.mul(2, logRatio(get(q, "scale"), get(p, "scale")))), distance), -1))
}

export const gaussian = {
  "MultivariateNormal‖MultivariateNormal": betweenFull,
  "MultivariateNormal‖LowRankMultivariateNormal": between(full, lowRank),
  "MultivariateNormal‖GaussianProcess": betweenFull,
  "MultivariateNormal‖Normal": fullIndependent,
  "LowRankMultivariateNormal‖LowRankMultivariateNormal": between(lowRank, lowRank),
  "LowRankMultivariateNormal‖MultivariateNormal": between(lowRank, full),
  "LowRankMultivariateNormal‖GaussianProcess": between(lowRank, full),
  "GaussianProcess‖GaussianProcess": betweenFull,
  "GaussianProcess‖MultivariateNormal": betweenFull,
  "GaussianProcess‖LowRankMultivariateNormal": between(full, lowRank),
  "Normal‖MultivariateNormal": independentFull,
  "Normal‖GaussianProcess": independentFull,
  "GaussianRandomWalk‖GaussianRandomWalk": walkWalk,
  "LogisticNormal‖LogisticNormal": logisticLogistic
} as const satisfies ClosedForms
