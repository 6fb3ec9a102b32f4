import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { gumbelNoise } from "../../tensor/draws/categorical.ts"
import { type Key, uniform } from "../../tensor/random.ts"
import { logSumExp } from "../../tensor/special/logSumExp.ts"
import { logWeightedSum } from "../../tensor/special/masses.ts"
import { type Shape, sameShape, type Tensor } from "../../tensor/Tensor.ts"
import { mustBeTensor, namedParameters } from "../arguments.ts"
import { largest, sharesOf } from "../formula/label.ts"

/** The probabilities of k choices: unnormalised log probabilities, or probabilities that add up to 1. */
export type Weights<K extends number = number> =
  | { readonly logits: Tensor<readonly [K]>; readonly probs?: undefined }
  | { readonly probs: Tensor<readonly [K]>; readonly logits?: undefined }

/** Their logarithms, normalised. */
export const logWeights = (weights: Weights): tf.Tensor => sharesOf(weights).logProbs

/** log Σₖ πₖ exp(xₖ) along the last axis: computed from the weights in the form given, so that the gradient is also right for a weight of 0. */
export const logAverage = (weights: Weights, x: tf.Tensor): tf.Tensor =>
  weights.probs === undefined
    ? logSumExp(tf.add(logWeights(weights), x), -1)
    : logWeightedSum(sharesOf(weights).probs, x)

/** One choice for each position of `lead`, as vectors of zeros with a single 1: [...lead, k]. */
export const choose = (logits: tf.Tensor, key: Key, lead: Shape): tf.Tensor => {
  const k = logits.shape.at(-1) ?? 1
  return largest(tf.add(logits, gumbelNoise(uniform(key, [...lead, k]))), k)
}

/** The weighted sum of k values [...lead, k, ...event], with weights [...lead, k] or [k]. If one weight is 1 and the others 0, it selects that value. */
export const weighted = (weights: tf.Tensor, values: tf.Tensor, eventRank: number): tf.Tensor => {
  const ones = Array<number>(eventRank).fill(1)
  const products = tf.mul(values, tf.reshape(weights, [...weights.shape, ...ones]))
  return tf.sum(products, products.rank - eventRank - 1)
}

/** @throws ShapeMismatch when there is not one weight for each choice */
export const mustHaveWeights = (where: string, weights: Weights, k: number): void => {
  const { logits, probs } = namedParameters(where, weights, { oneOf: ["logits", "probs"] })
  mustBeTensor(`${where}.${logits === undefined ? "probs" : "logits"}`, logits ?? probs)
  const { shape } = weights.logits ?? weights.probs
  if (sameShape(shape, [k])) return
  throw new ShapeMismatch({
    site: undefined,
    where,
    expected: [k],
    actual: shape,
    advice: "Give one weight a component."
  })
}
