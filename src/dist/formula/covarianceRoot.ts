import * as tf from "@tensorflow/tfjs"
import { cholesky } from "../../tensor/linear/cholesky.ts"
import { diagonalOf, identity, lowerPart, orderOf, timesVector, transposed } from "../../tensor/linear/matrices.ts"
import { solveTriangular, solveTriangularVector } from "../../tensor/linear/solveTriangular.ts"
import { type Key, normal } from "../../tensor/random.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { densityOfFinite } from "./bounds.ts"

/** A positive definite matrix Σ, in the form that densities and draws need: the lower-triangular L with a positive diagonal and L Lᵀ = Σ. */
export interface Root {
  /** L⁻¹ v for vectors v */
  readonly whiten: (v: tf.Tensor) => tf.Tensor
  /** L v */
  readonly color: (v: tf.Tensor) => tf.Tensor
  /** ½ log |Σ| = log |L| */
  readonly halfLogDet: () => tf.Tensor
  readonly scaleTril: () => tf.Tensor
}

/** The entries above the diagonal are not read. */
export const rootOfScaleTril = (given: tf.Tensor): Root => {
  const scaleTril = lowerPart(given)
  return {
    whiten: (v) => solveTriangularVector(scaleTril, v),
    color: (v) => timesVector(scaleTril, v),
    halfLogDet: () => tf.sum(tf.log(diagonalOf(scaleTril)), -1),
    scaleTril: () => scaleTril
  }
}

export const rootOfCovariance = (covariance: tf.Tensor): Root => rootOfScaleTril(cholesky(covariance))

/**
 * Σ⁻¹ = U Uᵀ with U upper-triangular (a Cholesky factorisation from the last row up), so L = U⁻ᵀ. A density needs L⁻¹ = Uᵀ only, so no matrix is
 * inverted for it.
 */
export const rootOfPrecision = (precision: tf.Tensor): Root => {
  const backwards = (matrix: tf.Tensor): tf.Tensor => tf.reverse(matrix, [-2, -1])
  const upper = backwards(cholesky(backwards(precision)))
  const triangle = { lower: false, transposed: true }
  return {
    whiten: (v) => timesVector(transposed(upper), v),
    color: (v) => solveTriangularVector(upper, v, triangle),
    halfLogDet: () => tf.neg(tf.sum(tf.log(diagonalOf(upper)), -1)),
    scaleTril: () => solveTriangular(upper, identity(orderOf(upper)), triangle)
  }
}

/** The diagonal of L Lᵀ. */
export const rowSquares = (scaleTril: tf.Tensor): tf.Tensor => tf.sum(tf.square(scaleTril), -1)

/** The functions that all families of normal vectors share, from the location and the root of the covariance. */
export const gaussian = (loc: () => tf.Tensor | number, root: () => Root) =>
  ({
    eventRank: 1,
    support: "real",
    gradients: ["reparameterized", "score"],
    parameters: () => ({ loc: loc(), scaleTril: root().scaleTril() }),
    logDensity: (x: tf.Tensor) => {
      const { whiten, halfLogDet } = root()
      const squares = tf.sum(tf.square(whiten(tf.sub(x, loc()))), -1)
      const constant = tf.add(halfLogDet(), lastOf(x.shape) * 0.5 * Math.log(2 * Math.PI))
      return densityOfFinite(tf.neg(tf.add(tf.mul(0.5, squares), constant)), x)
    },
    draw: (key: Key, size: Shape) => tf.add(loc(), root().color(normal(key, size))),
    // the noise is L⁻¹ (x − loc), so nothing is solved for the density of a draw
    drawAndLogDensity: (key: Key, size: Shape) => {
      const { color, halfLogDet } = root()
      const noise = normal(key, size)
      const squares = tf.sum(tf.square(noise), -1)
      const logDensity = tf.neg(
        tf.add(tf.mul(0.5, squares), tf.add(halfLogDet(), lastOf(size) * 0.5 * Math.log(2 * Math.PI)))
      )
      return [tf.add(loc(), color(noise)), logDensity] as const
    },
    mean: loc,
    variance: () => rowSquares(root().scaleTril()),
    entropy: () => {
      const { halfLogDet, scaleTril } = root()
      return tf.add(halfLogDet(), lastOf(scaleTril().shape) * 0.5 * Math.log(2 * Math.PI * Math.E))
    },
    mode: loc
  }) as const

const lastOf = (shape: Shape): number => shape.at(-1) ?? 1
