import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { logMeanExpOver } from "../../trace/axes.ts"
import { particleAxis } from "../joint/names.ts"
import { conditional, type LogWeightObjective } from "./Objective.ts"

/**
 * The variational Rényi bound, 1/(1 − α) log (1/K) Σₖ (p(x, zₖ) / q(zₖ | x))^(1 − α), for each datum (Li and Turner 2016, equation 9). α = 0 is the importance weighted bound, α → 1 the
 * ELBO; α between is between them. A small α covers more of the posterior than the ELBO does.
 *
 * @param alpha from 0, and not 1: for that take the ELBO
 * @throws InvalidOption for another α. Below 0 it would be an upper bound for infinitely many particles, and none for few: see `Objective.cubo`
 * @example
 * ```ts
 * const options = { objective: Objective.renyi(0.5), particles: 10 }
 * ```
 */
export const renyi = (alpha: number): LogWeightObjective => {
  if (!(Number.isFinite(alpha) && alpha >= 0 && alpha !== 1))
    throw new InvalidOption({
      option: "alpha",
      value: String(alpha),
      expected: "a number from 0 that is not 1, where it would be Objective.elbo"
    })
  return {
    name: `Rényi bound, α = ${alpha}`,
    needs: "logWeight",
    formula: ({ latents, observed, given }) =>
      `E_q[ 1/(1 − α) log mean_k ( ${conditional("p", [...observed, ...latents], [])} / ${conditional("q", latents, given)} )^(1 − α) ], α = ${alpha}`,
    loss: (logWeight) => tf.div(logMeanExpOver(tf.mul(1 - alpha, logWeight), particleAxis), alpha - 1)
  }
}
