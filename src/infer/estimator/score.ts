import * as tf from "@tensorflow/tfjs"
import { kindOf } from "../../dist/Support.ts"
import { othersMeanOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { particleAxis } from "../joint/names.ts"
import { type Estimator, lacking, yes } from "./Estimator.ts"

/**
 * ∇E_q[f(z)] = E_q[(f(z) − b)·∇log q(z)] for any b that does not depend on this z. It needs no gradient of f, so it works for discrete draws and for
 * an f that jumps. Its variance grows with that of the cost. Williams 1992 (REINFORCE). f is only the part of the cost that the draw influences
 * (Rao-Blackwellised; Ranganath, Gerrish and Blei 2014).
 *
 * b is the mean cost of the other particles (Kool, van Hoof and Welling 2019), or with a single particle a running mean over earlier steps. If an
 * objective mixes the particles, all of them have the same cost, and b is the running mean.
 */
export const score: Estimator<"score", string> = {
  name: "score function",
  ability: "score",
  isFor: () => true,
  detached: true,
  applies: ({ guide, asked }) => {
    if (!guide.gradients.includes("score")) return lacking("score function", guide)
    if (asked) return yes("asked for")
    return yes(
      `${guide.family} draws ${kindOf[guide.support] === "mass" ? "are discrete" : "have no path to its parameters"}`
    )
  },
  control: ({ count, mixed }) => (count > 1 && !mixed ? "leave-one-out" : "running baseline"),
  surrogate: ({ logQ, cost, control, baseline }) => {
    const b = control === "leave-one-out" ? othersMeanOver(cost, particleAxis) : baseline()
    return tf.mul(stopGradient(tf.sub(cost, b)), logQ)
  }
}
