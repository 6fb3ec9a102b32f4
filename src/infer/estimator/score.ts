import * as tf from "@tensorflow/tfjs"
import { othersMeanOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import type { Estimator } from "./Estimator.ts"

/**
 * ∇E_q[f(z)] = E_q[(f(z) − b)·∇log q(z)] for any b that does not depend on this z: needs no gradient of f, so it works for discrete draws and
 * through jumps; the variance is that of the cost. Williams 1992 (REINFORCE). f is the cost that the draw influences alone
 * (Rao-Blackwellised; Ranganath, Gerrish and Blei 2014).
 *
 * b is the mean cost of the other particles (Kool, van Hoof and Welling 2019), or with a single particle a running mean over earlier steps.
 */
export const score: Estimator = {
  name: "score function",
  ability: "score",
  detached: true,
  control: (particles) => (particles > 1 ? "leave-one-out" : "running baseline"),
  surrogate: ({ logQ, cost, particles, baseline }) => {
    const b = particles > 1 ? othersMeanOver(cost, "particle") : baseline()
    return tf.mul(stopGradient(tf.sub(cost, b)), logQ)
  }
}
