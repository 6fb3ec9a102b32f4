import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { Key } from "../../tensor/random.ts"
import { scan } from "../../tensor/scan.ts"
import { logSumExp } from "../../tensor/special/logSumExp.ts"
import { constantOf } from "../../tensor/special/withGradient.ts"
import { type Shape, sameShape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { type Dist, fromFamily } from "../Dist.ts"
import {
  type Compatible,
  type Components,
  type CountOf,
  type EventOf,
  type NameOf,
  partsOf,
  type ScoreOf,
  type SupportOf
} from "./Components.ts"
import {
  type Chain,
  drawStates,
  logInitial,
  logTransition,
  marginals,
  statesOf,
  stepsFirst,
  stepsLast
} from "./chain.ts"
import { leadOf } from "./copies.ts"
import { weighted } from "./weights.ts"

/** The further methods of a hidden Markov model. */
export interface Hidden<K extends number, T extends number> {
  /**
   * The probabilities of the hidden states at each step, given all observations, by the forward and the backward pass.
   * @throws ShapeMismatch when `x` does not have the distribution's shape
   */
  posterior(x: tf.Tensor): Tensor<readonly [T, K]>
}

type HiddenOf<T extends number, C extends Components> = Dist<
  readonly [T, ...EventOf<C>],
  SupportOf<C>,
  ScoreOf<C>,
  NameOf<"HiddenMarkovModel", C>
> &
  Hidden<CountOf<C>, T>

/**
 * Observations of a hidden walk over k states: log p(x) = log Σ_s π(s₁) Πₜ A(sₜ₋₁, sₜ) Πₜ p(xₜ | sₜ), exactly, by the forward algorithm in log space
 * (Baum, Petrie, Soules and Weiss 1970), one recurrence of the engine: the graph does not grow with the number of steps, and the work is k² for each.
 *
 * @param chain `initial` `[k]`, `transition` `[k, k]` (a row for each state) as unnormalised log probabilities, and `steps`, as in {@link
 *   MarkovChain}
 * @param emissions the distribution of the observation in each state: one distribution of shape [k, …], or a list of k distributions of one shape
 * @throws ShapeMismatch when the parts do not match; SupportViolation when `steps` is not a whole number from 1
 * @example
 * ```ts
 * const coins = HiddenMarkovModel(
 *   { initial: Tensor.of([2], tf.zeros([2])), transition: Tensor.of([2, 2], tf.zeros([2, 2])), steps: 2 },
 *   Bernoulli({ probs: Tensor.of([2], tf.tensor1d([0.25, 0.5])) })
 * )
 * coins.logProb(tf.tensor1d([1, 1])) // => Math.log(0.375 ** 2)
 * coins.posterior(tf.tensor1d([1, 1])).gather(0) // => [1 / 3, 2 / 3]
 * ```
 */
export function HiddenMarkovModel<const T extends number, const C extends Components>(
  chain: Chain<CountOf<C>, T>,
  emissions: C & Compatible<C>
): HiddenOf<T, C>
export function HiddenMarkovModel(chain: Chain, emissions: Components): Dist & Hidden<number, number> {
  const parts = partsOf("HiddenMarkovModel", emissions)
  const k = statesOf("HiddenMarkovModel", chain)
  if (parts.count !== k)
    throw new ShapeMismatch({
      site: undefined,
      where: "HiddenMarkovModel",
      expected: [k, ...parts.shape],
      actual: [parts.count, ...parts.shape],
      advice: "Give one emission a state."
    })
  const { steps } = chain
  const shape = [steps, ...parts.shape]
  const emitted = (weights: tf.Tensor, values: tf.Tensor): tf.Tensor => weighted(weights, values, parts.shape.length)
  const dist: Dist = fromFamily({
    family: parts.name,
    shape,
    eventRank: shape.length,
    support: parts.support,
    gradients: parts.scored ? ["score"] : [],
    constraints: { initial: "real", transition: "real" },
    parameters: () => ({ initial: logInitial(chain), transition: logTransition(chain) }),
    logDensity: (x) => {
      const { last, tops } = forwardOf(chain, parts.logDensity(x))
      return tf.add(logSumExp(last, -1), tf.sum(tops, -1))
    },
    draw: (key, size) => {
      const lead = leadOf({ shape }, size)
      const states = drawStates(chain, Key.fork(key, "states"), lead)
      return emitted(states, parts.draw(Key.fork(key, "emissions"), [...lead, steps]))
    },
    mean: () => emitted(marginals(chain), parts.mean()),
    variance: () => {
      const means = parts.mean()
      const mean = tf.expandDims(emitted(marginals(chain), means), 1)
      return emitted(marginals(chain), tf.add(parts.variance(), tf.square(tf.sub(means, mean))))
    }
  })
  return {
    ...dist,
    posterior: (x) => {
      if (!sameShape(x.shape, shape))
        throw new ShapeMismatch({ site: undefined, where: `${parts.name}.posterior`, expected: shape, actual: x.shape })
      return typed(posteriorOf(chain, parts.logDensity(x)))
    }
  }
}

interface Forward {
  /** log p(s_T, x₁ … x_T) less the sum of `tops`: [..., k] */
  readonly last: tf.Tensor
  /** what was taken off at each step but the first: [..., steps − 1] */
  readonly tops: tf.Tensor
  /** log p(sₜ, x₁ … xₜ), each up to a number of its step: [..., steps, k] */
  readonly all: tf.Tensor
}

/**
 * The forward pass. At each step the largest logarithm is taken off, so that none grows along the series. The sum does not depend on what is taken off, so that no gradient goes through it.
 */
const forwardOf = (chain: Chain, emissions: tf.Tensor): Forward => {
  const lead = emissions.shape.slice(0, -2)
  const moves = logTransition(chain)
  const inOrder = stepsFirst(emissions, lead.length)
  const [steps = 1, ...rest] = inOrder.shape
  const part = (from: number, count: number): tf.Tensor =>
    tf.slice(inOrder, [from, ...rest.map(() => 0)], [count, ...rest])
  const first: Tensor = typed(tf.add(logInitial(chain), tf.reshape(part(0, 1), rest)))
  if (steps === 1) return { last: first, tops: tf.zeros([...lead, 1]), all: tf.expandDims(first, -2) }
  const { carry, ys } = scan(
    { logs: first },
    { seen: typed<readonly [number, ...Shape]>(part(1, steps - 1)) },
    ({ logs }, { seen }) => {
      const before = logSumExp(tf.add(tf.expandDims(logs, -1), moves), -2)
      const joint = tf.add(before, seen as tf.Tensor)
      const top = constantOf(finite(tf.max(joint, -1, true)))
      const next: Tensor = typed(tf.sub(joint, top))
      return { carry: { logs: next }, y: { top: typed(tf.reshape(top, lead)), logs: next } }
    }
  )
  const all = tf.concat([tf.expandDims(first, -2), stepsLast(ys.logs, lead.length)], -2)
  return { last: carry.logs, tops: stepsLast(ys.top, lead.length), all }
}

/** −∞, which no state of the chain explains, as a number that can be taken off. */
const finite = (logs: tf.Tensor): tf.Tensor => tf.clipByValue(logs, -3e38, 3e38)

/** p(sₜ | x) ∝ p(sₜ, x₁ … xₜ)·p(xₜ₊₁ … | sₜ), the second from the last step to the first. */
const posteriorOf = (chain: Chain, emissions: tf.Tensor): tf.Tensor => {
  const moves = logTransition(chain)
  const last: Tensor = typed(tf.zeros([chain.initial.shape[0]]))
  const { ys } = scan(
    { later: last },
    { seen: stepsFirst(emissions, 0) },
    ({ later }, { seen }) => {
      const before = logSumExp(tf.add(moves, tf.add(later, seen as tf.Tensor)), -1)
      return { carry: { later: typed(tf.sub(before, finite(tf.max(before, -1, true)))) }, y: { later } }
    },
    { reverse: true }
  )
  return tf.softmax(tf.add(forwardOf(chain, emissions).all, ys.later))
}
