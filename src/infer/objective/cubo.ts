import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { logMeanExpOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { particleAxis } from "../joint/names.ts"
import { conditional, type LogWeightObjective } from "./Objective.ts"
import { crossEntropy, gradientOnly } from "./relativeWeights.ts"

/**
 * The χ upper bound, (1/n) log E_q[(p(x, z) / q(z | x))ⁿ] ≥ log p(x), which the guide minimises (Dieng et al. 2017, equation 5): it covers the posterior, and beside the
 * ELBO the bound encloses log p(x). Its gradient is (1 − n)/n E[wⁿ ∇log q] / E[wⁿ], with draws as constants: along paths a guide would run away from where its few
 * draws weigh most. The logarithm of a mean of K weights is too low on average: take many. The model's parameters stay as they are.
 *
 * @param n the order of the divergence, above 1
 * @throws InvalidOption for another order, and in a fit with fewer than two particles
 * @example
 * ```ts
 * const options = { objective: Objective.cubo(2), particles: 100 }
 * ```
 */
export const cubo = (n = 2): LogWeightObjective => {
  if (!(Number.isFinite(n) && n > 1))
    throw new InvalidOption({ option: "n", value: String(n), expected: "a number above 1" })
  return {
    name: `χ upper bound, n = ${n}`,
    needs: "logWeight",
    logQ: "given",
    isTwofold: true,
    noBound: "it is an upper bound on log p(x), and what is minimised is its estimate by K particles",
    formula: ({ latents, observed, given }) =>
      `−E_q[ 1/${n} log mean_k ( ${conditional("p", [...observed, ...latents], [])} / ${conditional("q", latents, given)} )^${n} ]`,
    check: ({ particles }) => {
      if (particles >= 2) return
      throw new InvalidOption({
        option: "particles",
        value: String(particles),
        expected: "2 or more: with one particle the bound is not above the ELBO"
      })
    },
    loss: (logWeight, { logQ }) => {
      const powers = tf.mul(n, logWeight)
      const bound = stopGradient(tf.div(logMeanExpOver(powers, particleAxis), n))
      return tf.add(bound, gradientOnly(tf.mul((n - 1) / n, crossEntropy(powers, logQ))))
    }
  }
}
