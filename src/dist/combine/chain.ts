import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { gumbelNoise } from "../../tensor/draws/categorical.ts"
import { type Key, uniform } from "../../tensor/random.ts"
import { type Shape, sameShape, type Tensor } from "../../tensor/Tensor.ts"
import { mustBeTensor, namedParameters } from "../arguments.ts"
import { checkCount } from "../Constraint.ts"
import { largest, normalised } from "../formula/label.ts"
import { prefixes } from "./prefixProducts.ts"

/** A Markov chain over k states: unnormalised log probabilities of the first state, `[k]`, and of the next state from each state, `[k, k]`; and its length. */
export interface Chain<K extends number = number, T extends number = number> {
  readonly initial: Tensor<readonly [K]>
  readonly transition: Tensor<readonly [K, K]>
  readonly steps: T
}

/** @throws ShapeMismatch when the transitions are not from each state to each; SupportViolation when `steps` is not a whole number from 1 */
export const statesOf = (where: string, chain: Chain): number => {
  const { initial, transition, steps } = namedParameters(where, chain, { all: ["initial", "transition", "steps"] })
  mustBeTensor(`${where}.initial`, initial)
  mustBeTensor(`${where}.transition`, transition)
  const [k] = initial.shape
  if (initial.shape.length !== 1 || k === undefined)
    throw new ShapeMismatch({
      site: undefined,
      where,
      expected: [2],
      actual: initial.shape,
      advice: "Give a logit for each state."
    })
  if (!sameShape(transition.shape, [k, k]))
    throw new ShapeMismatch({
      site: undefined,
      where,
      expected: [k, k],
      actual: transition.shape,
      advice: "Give logits from each state, a row, to each."
    })
  mustBeLength(where, steps)
  return k
}

/** @throws SupportViolation when a number of steps is not a whole number from 1 */
export const mustBeLength = (where: string, steps: number): void => {
  checkCount(`${where}.steps`, steps, 1)
}

export const logInitial = ({ initial }: Chain): tf.Tensor => normalised(initial)
export const logTransition = ({ transition }: Chain): tf.Tensor => normalised(transition)

/**
 * Draws of the states as vectors of zeros with a single 1: [...lead, steps, k]. Each step draws a successor for every state, which is a map from
 * states to states; the path is a product of these maps.
 */
export const drawStates = (chain: Chain, key: Key, lead: Shape): tf.Tensor => {
  const k = chain.initial.shape[0]
  const { steps } = chain
  const noise = gumbelNoise(uniform(key, [...lead, steps, k]))
  const at = (from: number, count: number): tf.Tensor =>
    tf.slice(noise, [...lead.map(() => 0), from, 0], [...lead, count, k])
  const first = largest(tf.add(logInitial(chain), at(0, 1)), k)
  if (steps === 1) return first
  const moves = largest(tf.add(logTransition(chain), tf.expandDims(at(1, steps - 1), -2)), k)
  return along(first, prefixes(tf.matMul, moves))
}

/** The probabilities of the states at each step, [steps, k]. */
export const marginals = (chain: Chain): tf.Tensor => {
  const k = chain.initial.shape[0]
  const first = tf.reshape(tf.exp(logInitial(chain)), [1, k])
  if (chain.steps === 1) return first
  const moves = tf.add(tf.exp(logTransition(chain)), tf.zeros([chain.steps - 1, k, k]))
  return along(first, prefixes(tf.matMul, moves))
}

/** A first state [..., 1, k], followed by its products with the matrices [..., n, k, k]: [..., n + 1, k]. */
const along = (first: tf.Tensor, products: tf.Tensor): tf.Tensor =>
  tf.concat([first, tf.sum(tf.mul(tf.expandDims(first, -1), products), -2)], -2)
