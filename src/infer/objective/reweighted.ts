import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { logMeanExpOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { particleAxis } from "../joint/names.ts"
import { conditional, type LogWeightObjective } from "./Objective.ts"
import { crossEntropy, gradientOnly } from "./relativeWeights.ts"

const check: LogWeightObjective["check"] = ({ particles }) => {
  if (particles >= 2) return
  throw new InvalidOption({
    option: "particles",
    value: String(particles),
    expected: "2 or more: a single draw has the weight 1, whatever the guide is"
  })
}

/**
 * Reweighted wake-sleep (Bornschein and Bengio 2015, equations 8 and 9, the wake phase for both): the model ascends the importance weighted bound, and the guide descends
 * KL(p(z | x) ‖ q(z | x)), the cross-entropy to draws by their normalised weights. Draws are constants, so that it needs no path and no score function with its variance; it suits discrete
 * sites (Le et al. 2019). The number reported is the importance weighted bound.
 *
 * @example
 * ```ts
 * const options = { objective: Objective.reweightedWakeSleep, particles: 10 }
 * ```
 */
export const reweightedWakeSleep: LogWeightObjective = {
  name: "reweighted wake-sleep",
  needs: "logWeight",
  logQ: "given",
  isTwofold: true,
  check,
  formula: ({ latents, observed, given }) =>
    `E_q[ log mean_k ${conditional("p", [...observed, ...latents], [])} / ${conditional("q", latents, given)} ] for p, −KL( ${conditional("p", latents, observed)} ‖ ${conditional("q", latents, given)} ) for q`,
  loss: (logWeight, parts) => {
    const bound = logMeanExpOver(tf.sub(parts.logP, stopGradient(parts.logQ)), particleAxis)
    return tf.add(tf.neg(bound), gradientOnly(crossEntropy(logWeight, parts.logQ)))
  }
}

/**
 * KL(p(z | x) ‖ q(z | x)) for the guide alone, by draws of q with normalised weights: a guide that covers the posterior. The model's parameters stay as they are. The number
 * reported is the importance weighted bound.
 *
 * @example
 * ```ts
 * const options = { objective: Objective.forwardKl, particles: 100 }
 * ```
 */
export const forwardKl: LogWeightObjective = {
  name: "forward KL",
  needs: "logWeight",
  logQ: "given",
  isTwofold: true,
  check,
  formula: ({ latents, observed, given }) =>
    `−KL( ${conditional("p", latents, observed)} ‖ ${conditional("q", latents, given)} )`,
  loss: (logWeight, parts) => {
    const bound = stopGradient(logMeanExpOver(logWeight, particleAxis))
    return tf.add(tf.neg(bound), gradientOnly(crossEntropy(logWeight, parts.logQ)))
  }
}
