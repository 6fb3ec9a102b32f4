import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { withBiasedGradient } from "../tensor/special/withGradient.ts"
import { type Param, type Shape, type ShapeOf, sizeOf, type Tensor } from "../tensor/Tensor.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { largest } from "./formula/label.ts"
import { OneHotCategorical } from "./OneHotCategorical.ts"
import { logitsOf, relaxed, shapeOfLabels } from "./RelaxedOneHotCategorical.ts"

type Vectors = readonly [number, ...Shape]
type Hard<S extends Shape> = Dist<
  S,
  "oneHot",
  "straightThrough" | "score" | "enumerable",
  "StraightThroughOneHotCategorical"
> &
  Has<S, "entropy" | "mode" | "supportValues">

const constraints = { temperature: "positive", logits: "real", probs: "simplex" } as const

/**
 * A label like {@link OneHotCategorical}. Its draws are vectors of zeros with a single 1, at the position of the largest number of a draw of {@link
 * RelaxedOneHotCategorical}; they have the gradient of that relaxed draw. This is the straight-through Gumbel-softmax estimator.
 *
 * That gradient is biased, and the plan says so; `{ estimators: { z: score } }` asks for the unbiased one. The temperature affects the gradient only.
 *
 * Jang, Gu and Poole 2017, section 2.2.
 *
 * @param temperature above 0, of the relaxed label: number or scalar
 * @param labels `logits`, unnormalised log probabilities, `[…, n]`; or `probs`, which are divided by their sum along the last dimension
 * @throws ShapeMismatch when the labels are a single number, or the temperature is not; SupportViolation when the temperature is a number not above 0
 * @example
 * ```ts
 * const label = StraightThroughOneHotCategorical(0.5, { probs: Tensor.of([2], tf.tensor1d([0.25, 0.75])) })
 * label.logProb(tf.tensor1d([1, 0])) // => Math.log(0.25)
 * ```
 */
export function StraightThroughOneHotCategorical<const A extends Tensor<Vectors>>(
  temperature: Param<readonly []>,
  labels: { readonly logits: A }
): Hard<ShapeOf<A>>
export function StraightThroughOneHotCategorical<const A extends Tensor<Vectors>>(
  temperature: Param<readonly []>,
  labels: { readonly probs: A }
): Hard<ShapeOf<A>>
export function StraightThroughOneHotCategorical(
  temperature: Param<readonly []>,
  labels: { readonly logits?: Tensor<Vectors>; readonly probs?: Tensor<Vectors> }
): Hard<Shape> {
  const shape = shapeOfLabels("StraightThroughOneHotCategorical", temperature, labels)
  const { logits, probs } = labels
  const n = shape.at(-1) ?? 1
  const label = probs === undefined ? OneHotCategorical({ logits: logits ?? missing() }) : OneHotCategorical({ probs })
  return fromFamily({
    family: "StraightThroughOneHotCategorical",
    shape,
    eventRank: 1,
    support: "oneHot",
    gradients: ["straightThrough", "score", "enumerable"],
    constraints,
    parameters: label.parameters,
    logDensity: label.logDensity,
    draw: (key, size) => {
      const soft = relaxed(temperature, logitsOf(labels), uniform(key, size))
      return withBiasedGradient(largest(soft, n), soft)
    },
    mean: label.mean,
    variance: label.variance,
    entropy: () => tf.div(label.entropy(), sizeOf(shape) / n),
    mode: label.mode,
    supportValues: label.supportValues
  })
}

const missing = (): never => {
  throw new RangeError("StraightThroughOneHotCategorical needs logits or probs")
}
