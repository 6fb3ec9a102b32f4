import * as tf from "@tensorflow/tfjs"
import { categorical } from "../tensor/draws/categorical.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import type { Shape, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { labelCount, largest, normalised, oneHot, type Vectors } from "./formula/label.ts"

type OneHot<S extends Shape> = Dist<S, "oneHot", "score" | "enumerable", "OneHotCategorical"> &
  Has<S, "entropy" | "mode" | "supportValues">

const constraints = { logits: "real", probs: "simplex" } as const

/**
 * One of n labels as a vector of zeros with a single 1, log p(x) = Σᵢ xᵢ·log πᵢ with π = softmax(logits).
 *
 * @param logits unnormalised log probabilities, `[…, n]`; or `probs`, the probabilities, which add up to 1 along the last dimension
 * @throws ShapeMismatch when they are a single number
 * @example
 * ```ts
 * const label = OneHotCategorical({ probs: Tensor.of([3], tf.tensor1d([0.5, 0.25, 0.25])) })
 * label.logProb(tf.tensor1d([0, 1, 0])) // => Math.log(0.25)
 * label.mode() // => [1, 0, 0]
 * ```
 */
export function OneHotCategorical<const A extends Tensor<Vectors>>(parameters: {
  readonly logits: A
}): OneHot<ShapeOf<A>>
export function OneHotCategorical<const A extends Tensor<Vectors>>(parameters: {
  readonly probs: A
}): OneHot<ShapeOf<A>>
export function OneHotCategorical(parameters: { readonly logits: Tensor } | { readonly probs: Tensor }): OneHot<Shape> {
  const shape = shapeOfParameters("OneHotCategorical", constraints, parameters)
  const n = labelCount("OneHotCategorical", shape)
  const given = (): tf.Tensor => ("logits" in parameters ? parameters.logits : tf.log(parameters.probs))
  const logProbs = (): tf.Tensor => normalised(given())
  const probs = (): tf.Tensor => tf.exp(logProbs())
  return fromFamily({
    family: "OneHotCategorical",
    shape,
    eventRank: 1,
    support: "oneHot",
    gradients: ["score", "enumerable"],
    constraints,
    parameters: () => ({ logits: given(), logProbs: logProbs() }),
    logDensity: (x) => {
      const bits = tf.sum(insideOf(x, 0, 1, { integer: true }), -1)
      return tf.add(tf.sum(tf.mul(x, logProbs()), -1), tf.add(bits, insideOf(tf.sum(x, -1), 1, 1)))
    },
    draw: (key, size) => oneHot(categorical(key, given(), size.slice(0, -1)), n),
    mean: probs,
    variance: () => tf.mul(probs(), tf.sub(1, probs())),
    entropy: () => tf.neg(tf.sum(tf.mul(probs(), logProbs()), -1)),
    mode: () => largest(given(), n),
    supportValues: () => tf.eye(n)
  })
}
