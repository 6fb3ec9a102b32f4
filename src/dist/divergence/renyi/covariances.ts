import * as tf from "@tensorflow/tfjs"
import { cholesky, logDetFromCholesky } from "../../../tensor/linear/cholesky.ts"
import { identity, lowerPart, orderOf } from "../../../tensor/linear/matrices.ts"
import { solveTriangular } from "../../../tensor/linear/solveTriangular.ts"
import { get, type Parameters } from "../kl/closedForm.ts"

/** The parameter of a family that is a root L of its covariance, Σ = L Lᵀ. */
export const scaleOf = (given: Parameters): tf.Tensor => lowerPart(tf.add(get(given, "scaleTril"), 0))

/** The quantities of two covariances that a divergence D_α needs. */
interface Between {
  /** a root of I + (1 − α)E with E = Lₚ⁻¹ Σ_q Lₚ⁻ᵀ − I: of αΣₚ + (1 − α)Σ_q in units of Σₚ; NaN if that is not positive definite */
  readonly root: tf.Tensor
  /** ℓ = log |I + (1 − α)E|/(1 − α), which is tr E at α = 1 */
  readonly slope: tf.Tensor
  /** r = log |Σ_q| − log |Σₚ| */
  readonly log: tf.Tensor
}

export const between = (q: tf.Tensor, p: tf.Tensor, alpha: number): Between => {
  const whitened = solveTriangular(p, q)
  const one = identity(orderOf(p))
  const excess = tf.sub(tf.matMul(whitened, whitened, false, true), one)
  const root = cholesky(tf.add(one, tf.mul(1 - alpha, excess)))
  const log = tf.sub(logDetFromCholesky(q), logDetFromCholesky(p))
  const direct = tf.div(logDetFromCholesky(root), 1 - alpha)
  const size = tf.mul((1 - alpha) ** 2, trace(excess, excess))
  const slope = tf.where(tf.less(size, joint ** 2), slopeNear(excess, 1 - alpha), direct)
  return { root, slope, log }
}

/** The series below is used up to this norm of (1 − α)E. At this norm the series is exact to a relative 2e-7, and the logarithm to about 1e-6. */
const joint = 0.1

/** tr(AB) of symmetric matrices. */
const trace = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.sum(tf.mul(a, b), [-2, -1])

/** log |I + δE|/δ = tr E − δ tr E²/2 + δ² tr E³/3 − … */
const slopeNear = (e: tf.Tensor, delta: number): tf.Tensor => {
  const squared = tf.matMul(e, e)
  const cubed = tf.matMul(squared, e)
  const one = tf.mul(identity(orderOf(e)), tf.onesLike(e))
  const traces = [trace(e, one), trace(e, e), trace(squared, e), trace(squared, squared), trace(cubed, squared)]
  return traces.reduceRight(
    (sum, each, j) => tf.sub(tf.div(each, j + 1), tf.mul(delta, sum)),
    tf.div(trace(cubed, cubed), 6)
  )
}

/** The root of a matrix that is not positive definite is NaN. The divergence is then infinite, unless the parameters themselves are NaN. */
export const infiniteOutside = (divergence: tf.Tensor, { slope, log }: Between): tf.Tensor =>
  tf.where(tf.greater(slope, Number.NEGATIVE_INFINITY), divergence, tf.add(log, Number.POSITIVE_INFINITY))
