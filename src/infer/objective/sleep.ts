import * as tf from "@tensorflow/tfjs"
import { meanOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { particleAxis } from "../joint/names.ts"
import { conditional, type LogWeight, type LogWeightObjective } from "./Objective.ts"
import { gradientOnly } from "./relativeWeights.ts"

/** −E log q of draws of the model, by the guide that reads their data; nothing where a loss is evaluated alone. */
const asleep = ({ dreamed }: LogWeight): tf.Tensor =>
  dreamed === undefined ? tf.scalar(0) : gradientOnly(tf.neg(meanOver(dreamed, particleAxis)))

const negativeElbo = (logWeight: tf.Tensor): tf.Tensor => stopGradient(tf.neg(meanOver(logWeight, particleAxis)))

/**
 * The sleep phase for the guide alone: it is fitted to draws z, x of the model itself, by −E_p(z, x)[log q(z | x)], which is E_p(x)[KL(p(z | x) ‖ q(z | x))] up to a constant. Its gradient is unbiased for any number of
 * particles, and needs no path. The guide must read the data, as a net does, and learns the posterior of any data that the model may give: amortised inference, for a model that is known (Le, Baydin
 * and Wood 2017; Le et al. 2020). The model's parameters stay as they are; of real data, the numbers of rows count. The number reported is the ELBO of the real data.
 *
 * @example
 * ```ts
 * const options = { objective: Objective.sleep }
 * ```
 */
export const sleep: LogWeightObjective = {
  name: "sleep phase",
  needs: "logWeight",
  logQ: "given",
  dreams: true,
  isTwofold: true,
  formula: ({ latents, observed, given }) =>
    `E_${conditional("p", [...observed, ...latents], [])}[ log ${conditional("q", latents, given)} ] for q`,
  loss: (logWeight, parts) => tf.add(negativeElbo(logWeight), asleep(parts))
}

/**
 * Wake-sleep (Hinton, Dayan, Frey and Neal 1995): the model ascends E_q[log p(x, z)] on the data, with draws of the guide as constants, and the guide is fitted to draws of the model, as by `Objective.sleep`. The two
 * phases are one step here. They ascend two functions: the model would need KL(q ‖ p), and the guide has KL(p ‖ q), so that both agree only where the guide can be the posterior. The number reported is the ELBO.
 *
 * @example
 * ```ts
 * const options = { objective: Objective.wakeSleep }
 * ```
 */
export const wakeSleep: LogWeightObjective = {
  ...sleep,
  name: "wake-sleep",
  formula: ({ latents, observed, given }) =>
    `E_q[ log ${conditional("p", [...observed, ...latents], [])} ] for p, E_${conditional("p", [...observed, ...latents], [])}[ log ${conditional("q", latents, given)} ] for q`,
  loss: (logWeight, parts) =>
    tf.add(sleep.loss(logWeight, parts), gradientOnly(tf.neg(meanOver(parts.logP, particleAxis))))
}
