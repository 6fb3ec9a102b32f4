import { categorical } from "../tensor/draws/categorical.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import {
  type LabelsOf,
  labelCount,
  labelForms,
  logitsOf,
  sharesOf,
  type Vectors,
  type Weights,
  weightsConstraints
} from "./formula/label.ts"

/**
 * One of the labels 0, 1, … n − 1 as a number, log p(x) = log πₓ with π = softmax(logits). A vector of n logits gives one label, so the value's
 * shape is that of the logits without their last dimension. The moments are those of the label as a number.
 *
 * @param logits unnormalised log probabilities, `[…, n]`; or `probs`, which are divided by their sum along the last dimension
 * @throws ShapeMismatch when they are a single number
 * @example
 * ```ts
 * const label = Categorical({ probs: Tensor.of([3], tf.tensor1d([0.5, 0.25, 0.25])) })
 * label.logProb(tf.scalar(2)) // => Math.log(0.25)
 * label.mode() // => 0
 * ```
 */
export const Categorical = <const A extends Tensor<Vectors>>(
  weights: Weights<A>
): Dist<LabelsOf<A>, "category", "score" | "enumerable", "Categorical"> &
  Has<LabelsOf<A>, "entropy" | "mode" | "supportValues"> => {
  const { logits, probs } = namedParameters("Categorical", weights, { oneOf: ["logits", "probs"] })
  const vectors = shapeOfParameters("Categorical", weightsConstraints, { logits, probs })
  const n = labelCount("Categorical", vectors)
  return fromFamily({
    family: "Categorical",
    shape: vectors.slice(0, -1) as unknown as LabelsOf<A>,
    support: "category",
    gradients: ["score", "enumerable"],
    constraints: weightsConstraints,
    parameters: () => ({ ...sharesOf(weights), ...(logits !== undefined && { unnormalisedLogits: logits }) }),
    draw: (key, size) => categorical(key, logitsOf(weights), size),
    ...labelForms(n, () => sharesOf(weights))
  })
}
