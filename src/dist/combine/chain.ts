import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { gumbelNoise } from "../../tensor/draws/categorical.ts"
import { type Key, uniform } from "../../tensor/random.ts"
import { scan } from "../../tensor/scan.ts"
import { timesLog } from "../../tensor/special/masses.ts"
import { type Shape, sameShape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { mustBeTensor, namedParameters } from "../arguments.ts"
import { checkCount } from "../Constraint.ts"
import { largest, normalised } from "../formula/label.ts"

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
 * Draws of the states as vectors of zeros with a single 1: [...lead, steps, k]. A walk along the steps: each state is the one whose log probability after the state before, with Gumbel noise, is the largest.
 */
export const drawStates = (chain: Chain, key: Key, lead: Shape): tf.Tensor => {
  const k = chain.initial.shape[0]
  const moves = logTransition(chain)
  const noise = stepsFirst(gumbelNoise(uniform(key, [...lead, chain.steps, k])), lead.length)
  const { ys } = scan({ logits: spread(logInitial(chain), lead) }, { noise }, ({ logits }, { noise }) => {
    const state: Tensor = typed(largest(tf.add(logits, noise as tf.Tensor), k))
    return { carry: { logits: typed(tf.sum(timesLog(tf.expandDims(state, -1), moves), -2)) }, y: { state } }
  })
  return stepsLast(ys.state, lead.length)
}

/** The probabilities of the states at each step, [steps, k]. */
export const marginals = (chain: Chain): tf.Tensor => {
  const k = chain.initial.shape[0]
  const moves = tf.exp(logTransition(chain)) as tf.Tensor2D
  const first: Tensor = typed(tf.exp(logInitial(chain)))
  const { ys } = scan(
    { p: first },
    {},
    ({ p }) => ({ carry: { p: typed(tf.reshape(tf.matMul(tf.reshape(p, [1, k]), moves), [k])) }, y: { p } }),
    { length: chain.steps }
  )
  return ys.p
}

/** A value for each of some leading dimensions. */
export const spread = (x: tf.Tensor, lead: Shape): Tensor => typed(tf.add(x, tf.zeros([...lead, ...x.shape])))

/** The dimension of the steps, which stands after `lead` others, as the first: [...lead, steps, …] to [steps, ...lead, …]. */
export const stepsFirst = (x: tf.Tensor, lead: number): Tensor<readonly [number, ...Shape]> =>
  typed(lead === 0 ? x : tf.transpose(x, [lead, ...axes(0, lead), ...axes(lead + 1, x.rank)]))

/** The way back. */
export const stepsLast = (x: tf.Tensor, lead: number): tf.Tensor =>
  lead === 0 ? x : tf.transpose(x, [...axes(1, lead + 1), 0, ...axes(lead + 1, x.rank)])

const axes = (from: number, to: number): Array<number> => Array.from({ length: to - from }, (_, i) => from + i)
