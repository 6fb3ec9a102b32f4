import type * as tf from "@tensorflow/tfjs"
import { stopGradient } from "../../trace/stopGradient.ts"
import type { LatentSite } from "../joint/Joint.ts"
import type { Decisions } from "../plan/Plan.ts"

/**
 * log q(z; η) of a given draw as a cost, less its score where the mean of that is 0.
 *
 * Let z be drawn with a score function, and let η be all that log q(z; η) reads beside z: parameters, data, and draws that were made before z. Let e stand for all noise before z, so that η is a function of θ and e.
 * In the gradient of the loss the term E[log q(z; η)] has two parts: (log q(z; η) − b)·∇log q(z; η), which is the surrogate's, and the derivative of the cost itself at a fixed z,
 *
 *   E[ ∇_θ log q(z; η(θ, e)) ] = E_e[ E_z[ ∂_η log q(z; η) | e ] · ∂η/∂θ ] = 0,
 *
 * since ∂η/∂θ is known once e is, and E_z[∂_η log q | e] = ∂_η ∫ q(z; η) dz = ∂_η 1 = 0. It does not matter whether η reads a parameter directly, or by way of an earlier draw's path: both are scores of z, given e. The
 * interchange of ∂ and ∫ is what the score function itself needs of a family. What stays: log q as a number in the cost of z and of the sites before it, and the path from earlier draws to ∇log q in the surrogate.
 *
 * The zero is that of a score by itself. So it is left where it is multiplied by something that z may change:
 * - in an objective that weighs a term by draws, as that of free bits, or particles by their weights;
 * - in a branch, which may be taken by the value of a site that the guide draws after z; and in a recurrence;
 * - for a draw along whose path the gradient flows (that is `Objective.stickingTheLanding`), and where a site is summed over, whose sum is exact already.
 *
 * Left in, it is noise: at a guide that is the posterior the cost is constant and the surrogate 0, and its variance is the Fisher information of q. Roeder, Wu and Duvenaud 2017 say so of paths, section 3; Ranganath,
 * Gerrish and Blei 2014 leave it out in equation 2, as E_q[∇log q] = 0.
 */
export const asCost = (
  logQ: tf.Tensor,
  site: LatentSite,
  { objective, estimators }: Pick<Decisions, "objective" | "estimators">
): tf.Tensor => (hasMeanZero(site, objective, estimators) ? stopGradient(logQ) : logQ)

const hasMeanZero = (
  { name, isPlain, axis }: LatentSite,
  objective: Decisions["objective"],
  estimators: Decisions["estimators"]
): boolean =>
  isPlain &&
  axis === undefined &&
  estimators.get(name)?.detached === true &&
  objective.needs === "terms" &&
  objective.logQ === undefined &&
  objective.weighsByDraws === false
