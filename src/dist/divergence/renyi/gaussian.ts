import * as tf from "@tensorflow/tfjs"
import { solveTriangularVector } from "../../../tensor/linear/solveTriangular.ts"
import { get } from "../kl/closedForm.ts"
import { withLogScale } from "../kl/continuous.ts"
import { logRatio } from "../kl/cost.ts"
import { between, infiniteOutside, scaleOf } from "./covariances.ts"
import type { RenyiForm, RenyiForms } from "./member.ts"

interface Scales {
  /** ½(log w/(1 − α) − r), infinite for w ≤ 0 */
  readonly divergence: tf.Tensor
  /** w = 1 + (1 − α)(eʳ − 1), or a small positive number in place of one that is not positive */
  readonly growth: tf.Tensor
}

/** The contribution of the scales to D_α of normal distributions, from r = log σ_q²/σₚ². */
const scales = (log: tf.Tensor, alpha: number): Scales => {
  const rest = tf.maximum(tf.mul(1 - alpha, tf.expm1(log)), -1)
  return {
    divergence: tf.mul(0.5, tf.sub(tf.div(tf.log1p(rest), 1 - alpha), log)),
    growth: tf.maximum(tf.add(1, rest), 1e-37)
  }
}

/** ½α(μ_q − μₚ)²/(σₚ² w), where σₚ² w = ασₚ² + (1 − α)σ_q². */
const locations = (
  q: tf.Tensor | number,
  p: tf.Tensor | number,
  scale: tf.Tensor | number,
  growth: tf.Tensor,
  alpha: number
): tf.Tensor => tf.mul(alpha / 2, tf.div(tf.square(tf.div(tf.sub(q, p), scale)), growth))

/** D_α = ½(log w/(1 − α) − r) + ½α(μ_q − μₚ)²/(σₚ² w) (Gil, Alajaji and Linder 2013, in numbers that are small where q is near p). */
const normalNormal = (q: Parameters<RenyiForm>[0], p: Parameters<RenyiForm>[0], alpha: number): tf.Tensor => {
  const { divergence, growth } = scales(tf.mul(2, tf.sub(get(q, "logScale"), get(p, "logScale"))), alpha)
  return tf.add(divergence, locations(get(q, "loc"), get(p, "loc"), get(p, "scale"), growth, alpha))
}

const logNormalLogNormal: RenyiForm = (q, p, alpha) => normalNormal(withLogScale(q), withLogScale(p), alpha)

const logisticLogistic: RenyiForm = (q, p, alpha) => tf.sum(normalNormal(q, p, alpha), -1)

const halfNormalHalfNormal: RenyiForm = (q, p, alpha) =>
  scales(tf.mul(2, logRatio(get(q, "scale"), get(p, "scale"))), alpha).divergence

/** The steps are independent, and only the first depends on the start of the walk. */
const walkWalk: RenyiForm = (q, p, alpha) => {
  const { divergence, growth } = scales(tf.mul(2, logRatio(get(q, "scale"), get(p, "scale"))), alpha)
  const start = locations(get(q, "loc"), get(p, "loc"), get(p, "scale"), growth, alpha)
  return tf.add(tf.mul(get(q, "steps"), divergence), start)
}

/** The same for vectors: D_α = ½(ℓ − r) + ½α(μ_q − μₚ)ᵀ (αΣₚ + (1 − α)Σ_q)⁻¹ (μ_q − μₚ), with ℓ and r of {@link between}. */
const vectors: RenyiForm = (q, p, alpha) => {
  const [ours, theirs] = [scaleOf(q), scaleOf(p)]
  const covariances = between(ours, theirs, alpha)
  const { root, slope, log } = covariances
  const distance = tf.add(tf.sub(get(q, "loc"), get(p, "loc")), tf.zeros([ours.shape.at(-1) ?? 1]))
  const whitened = solveTriangularVector(root, solveTriangularVector(theirs, distance))
  const squares = tf.sum(tf.square(whitened), -1)
  return infiniteOutside(tf.add(tf.mul(0.5, tf.sub(slope, log)), tf.mul(alpha / 2, squares)), covariances)
}

export const gaussian = {
  "Normal‖Normal": normalNormal,
  "LogNormal‖LogNormal": logNormalLogNormal,
  "LogitNormal‖LogitNormal": normalNormal,
  "LogisticNormal‖LogisticNormal": logisticLogistic,
  "HalfNormal‖HalfNormal": halfNormalHalfNormal,
  "GaussianRandomWalk‖GaussianRandomWalk": walkWalk,
  "MultivariateNormal‖MultivariateNormal": vectors,
  "GaussianProcess‖GaussianProcess": vectors
} as const satisfies RenyiForms
