import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { Key } from "../../tensor/random.ts"
import { logSumExp } from "../../tensor/special/logSumExp.ts"
import { sameShape, type Tensor, typed } from "../../tensor/Tensor.ts"
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
import { type Chain, drawStates, logInitial, logTransition, marginals, statesOf } from "./chain.ts"
import { leadOf } from "./copies.ts"
import { logMatMul, prefixes, suffixes, wholeProduct } from "./prefixProducts.ts"
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
 * (Baum, Petrie, Soules and Weiss 1970) as a product of k × k matrices, multiplied in pairs: the depth is log₂ of the number of steps, and the work
 * k³ for each step.
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
  const forward = (x: tf.Tensor): Forward => forwardOf(chain, parts.logDensity(x))
  const dist: Dist = fromFamily({
    family: parts.name,
    shape,
    eventRank: shape.length,
    support: parts.support,
    gradients: parts.scored ? ["score"] : [],
    constraints: { initial: "real", transition: "real" },
    parameters: () => ({ initial: logInitial(chain), transition: logTransition(chain) }),
    logDensity: (x) => {
      const { first, moves } = forward(x)
      const last = moves === undefined ? first : logMatMul(first, wholeProduct(logMatMul, moves))
      return logSumExp(last, [last.rank - 2, last.rank - 1])
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
      return typed(posteriorOf(forward(x)))
    }
  }
}

interface Forward {
  /** log p(s₁, x₁), as a row: [..., 1, k] */
  readonly first: tf.Tensor
  /** log p(sₜ, xₜ | sₜ₋₁) for t > 1: [..., steps − 1, k, k] */
  readonly moves: tf.Tensor | undefined
}

const forwardOf = (chain: Chain, emissions: tf.Tensor): Forward => {
  const [lead, [steps = 1, k = 1]] = [emissions.shape.slice(0, -2), emissions.shape.slice(-2)]
  const at = (from: number, count: number): tf.Tensor =>
    tf.slice(emissions, [...lead.map(() => 0), from, 0], [...lead, count, k])
  const first = tf.add(logInitial(chain), at(0, 1))
  return {
    first,
    moves: steps === 1 ? undefined : tf.add(logTransition(chain), tf.expandDims(at(1, steps - 1), -2))
  }
}

/** p(sₜ | x) ∝ p(sₜ, x₁ … xₜ)·p(xₜ₊₁ … | sₜ). */
const posteriorOf = ({ first, moves }: Forward): tf.Tensor => {
  if (moves === undefined) return tf.softmax(first)
  const later = logSumExp(tf.add(tf.expandDims(first, -1), prefixes(logMatMul, moves)), -2)
  const forward = tf.concat([first, later], -2)
  const backward = tf.concat([logSumExp(suffixes(logMatMul, moves), -1), tf.zerosLike(first)], -2)
  return tf.softmax(tf.add(forward, backward))
}
