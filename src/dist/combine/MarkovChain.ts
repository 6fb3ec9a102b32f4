import * as tf from "@tensorflow/tfjs"
import { insideOf } from "../../tensor/special/insideOf.ts"
import { timesLog } from "../../tensor/special/masses.ts"
import { type Dist, fromFamily, type Has } from "../Dist.ts"
import { entropyOf, oneHot, sharesOfLogs } from "../formula/label.ts"
import { type Chain, drawStates, logInitial, logTransition, marginals, statesOf } from "./chain.ts"

/**
 * A walk over k states, log p(x) = log π(x₁) + Σₜ log A(xₜ₋₁, xₜ), as labels 0 … k − 1, one for each step.
 *
 * @param chain `initial`, unnormalised log probabilities of the first state, `[k]`; `transition`, those of the next state, a row for each state, `[k,
 *   k]`; and `steps`. A logit may be −∞, for an impossible transition, if at least one of its row is finite
 * @throws ShapeMismatch when the transitions are not from each state to each; SupportViolation when `steps` is not a whole number from 1
 * @example
 * ```ts
 * const weather = MarkovChain({
 *   initial: Tensor.of([2], tf.tensor1d([0, 0])),
 *   transition: Tensor.of([2, 2], tf.tensor2d([[Math.log(3), 0], [0, 0]])),
 *   steps: 3
 * })
 * weather.logProb(tf.tensor1d([0, 0, 1])) // => Math.log(0.5 * 0.75 * 0.25)
 * ```
 */
export const MarkovChain = <K extends number, const T extends number>(
  chain: Chain<K, T>
): Dist<readonly [T], "category", "score", "MarkovChain"> & Has<readonly [T], "entropy"> => {
  const k = statesOf("MarkovChain", chain)
  const { steps } = chain
  const labels = (): tf.Tensor => tf.range(0, k)
  const expected = (f: (label: tf.Tensor) => tf.Tensor): tf.Tensor => tf.sum(tf.mul(marginals(chain), f(labels())), -1)
  return fromFamily({
    family: "MarkovChain",
    shape: [steps],
    eventRank: 1,
    support: "category",
    gradients: ["score"],
    constraints: { initial: "real", transition: "real" },
    parameters: () => ({ initial: logInitial(chain), transition: logTransition(chain) }),
    logDensity: (x) => {
      const states = oneHot(x, k)
      const lead = x.shape.slice(0, -1)
      const at = (from: number, count: number): tf.Tensor =>
        tf.slice(states, [...lead.map(() => 0), from, 0], [...lead, count, k])
      const start = tf.sum(timesLog(at(0, 1), logInitial(chain)), [-2, -1])
      const possible = tf.add(start, tf.sum(insideOf(x, 0, k - 1, { integer: true }), -1))
      if (steps === 1) return possible
      const moves = tf.mul(tf.expandDims(at(0, steps - 1), -1), tf.expandDims(at(1, steps - 1), -2))
      return tf.add(possible, tf.sum(timesLog(moves, logTransition(chain)), [-3, -2, -1]))
    },
    draw: (key, size) => tf.sum(tf.mul(drawStates(chain, key, size.slice(0, -1)), labels()), -1),
    mean: () => expected((label) => label),
    variance: () => tf.sub(expected(tf.square), tf.square(expected((label) => label))),
    entropy: () => {
      const start = entropyOf(sharesOfLogs(logInitial(chain)))
      if (steps === 1) return start
      const before = tf.sum(tf.slice(marginals(chain), [0, 0], [steps - 1, k]), 0)
      return tf.add(start, tf.sum(tf.mul(before, entropyOf(sharesOfLogs(logTransition(chain))))))
    }
  })
}
