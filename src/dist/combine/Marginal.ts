import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { cholesky } from "../../tensor/linear/cholesky.ts"
import { diagonalOf, identity, orderOf, transposed } from "../../tensor/linear/matrices.ts"
import { solveTriangularVector } from "../../tensor/linear/solveTriangular.ts"
import { sameShape, type Tensor } from "../../tensor/Tensor.ts"
import { mustBeTensor } from "../arguments.ts"
import { type Dist, fromFamily } from "../Dist.ts"
import { drawOf } from "./copies.ts"

/**
 * A MultivariateNormal of which only some numbers are seen: log p(x) is the density of those, N(x_s; loc_s, Σ_ss), whatever the others are. With D the
 * diagonal matrix of `seen`, Σ_ss stands in D Σ D + (I − D), whose other numbers add nothing to the log determinant nor to the quadratic form. Draws and
 * moments are the base's. Costs a Cholesky factorisation for each pattern of holes.
 *
 * @param seen zeros and ones of the shape of a value
 * @throws ShapeMismatch when `seen` has another shape
 */
export const Marginal = (
  base: Dist,
  seen: Tensor
): Dist<Dist["shape"], "real", "reparameterized", "Marginal(MultivariateNormal)"> => {
  mustBeTensor("Marginal.seen", seen)
  if (!sameShape(seen.shape, base.shape)) {
    throw new ShapeMismatch({
      site: undefined,
      where: `Marginal(${base.family})`,
      expected: base.shape,
      actual: seen.shape,
      advice: "Give a zero or a one for each number."
    })
  }
  return fromFamily({
    family: "Marginal(MultivariateNormal)",
    shape: base.shape,
    eventRank: 1,
    support: "real",
    gradients: ["reparameterized"],
    constraints: { ...base.constraints, seen: "boolean" },
    parameters: () => ({ ...base.parameters(), seen }),
    remark: "marginal: the numbers that are not seen are integrated out",
    logDensity: (x) => {
      const { loc = 0, scaleTril = 1 } = base.parameters()
      const there = tf.add(seen, tf.zeros([...x.shape]))
      const rest = tf.mul(there, tf.sub(tf.where(tf.greater(there, 0), x, tf.zeros([...x.shape])), loc))
      const rows = tf.mul(tf.expandDims(seen, -1), scaleTril)
      const others = tf.mul(identity(orderOf(rows)), tf.expandDims(tf.sub(1, seen), -1))
      const root = cholesky(tf.add(tf.matMul(rows, transposed(rows)), others))
      const squares = tf.sum(tf.square(solveTriangularVector(root, rest)), -1)
      const halfLogDet = tf.sum(tf.log(diagonalOf(root)), -1)
      const normalizer = tf.mul(tf.sum(there, -1), 0.5 * Math.log(2 * Math.PI))
      return tf.neg(tf.add(tf.mul(0.5, squares), tf.add(halfLogDet, normalizer)))
    },
    draw: (key, size) => drawOf(base, key, size),
    mean: () => base.mean(),
    variance: () => base.variance()
  })
}
