import * as tf from "@tensorflow/tfjs"
import { kindOf } from "../../dist/Support.ts"
import { othersMeanOver } from "../../trace/axes.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import { particleAxis } from "../joint/names.ts"
import { type Control, type Estimand, type Estimator, lacking, yes } from "./Estimator.ts"
import { rowBaseline } from "./rowBaseline.ts"

/**
 * ∇E_q[f(z)] = E_q[(f(z) − b)·∇log q(z)] for any b that does not depend on this z. It needs no gradient of f, so it works for discrete draws and for
 * an f that jumps. Its variance grows with that of the cost. Williams 1992 (REINFORCE). f is only the part of the cost that the draw influences
 * (Rao-Blackwellised; Ranganath, Gerrish and Blei 2014).
 *
 * b is the mean cost of the other particles (Kool, van Hoof and Welling 2019), or with a single particle a running mean over earlier steps. If an
 * objective mixes the particles, all of them have the same cost, and b is what the cost would be if the particle's own log weight were the mean of the
 * others' (VIMCO; Mnih and Rezende 2016, equation 11): then each particle gets its own part of the credit.
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
  control: ({ count, mixed }) => (count === 1 ? "running baseline" : mixed ? "VIMCO" : "leave-one-out"),
  surrogate: (estimand) => {
    const { logQ, cost, control = "running baseline" } = estimand
    return tf.mul(stopGradient(tf.sub(cost, baselines[control](estimand))), logQ)
  }
}

/** The running mean of a cost over earlier steps. */
export const runningBaseline = ({ cost, carried }: Pick<Estimand, "cost" | "carried">): tf.Tensor =>
  carried(cost.shape, (before, { particles, rows }) =>
    tf.add(tf.mul(1 - rate, before), tf.mul(rate, rows(particles(cost))))
  )

const rate = 0.1

const baselines: Readonly<Record<Control, (estimand: Estimand) => tf.Tensor>> = {
  "leave-one-out": ({ cost }) => othersMeanOver(cost, particleAxis),
  VIMCO: ({ withoutOwn }) => withoutOwn(),
  "running baseline": runningBaseline,
  "learned baseline": rowBaseline
}
