import * as tf from "@tensorflow/tfjs"
import { logMeanExpOver } from "../../trace/axes.ts"
import { particleAxis } from "../joint/names.ts"
import { conditional, type LogWeightObjective } from "./Objective.ts"

/**
 * The importance weighted bound, log (1/K) Σₖ p(x, zₖ) / q(zₖ | x) with zₖ ~ q, for each datum separately. It is a lower bound of log p(x) that
 * increases with the number K of particles; for K = 1 it is the ELBO. Burda, Grosse and Salakhutdinov 2016, equation 8.
 */
export const iwae: LogWeightObjective = {
  name: "IWAE",
  needs: "logWeight",
  formula: ({ latents, observed, given }) =>
    `E_q[ log mean_k ${conditional("p", [...observed, ...latents], [])} / ${conditional("q", latents, given)} ]`,
  loss: (logWeight) => tf.neg(logMeanExpOver(logWeight, particleAxis))
}
