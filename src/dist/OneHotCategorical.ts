import * as tf from "@tensorflow/tfjs"
import { categorical } from "../tensor/draws/categorical.ts"
import { densityInside, insideOf } from "../tensor/special/insideOf.ts"
import { timesLog } from "../tensor/special/masses.ts"
import type { Shape, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import {
  entropyOf,
  labelCount,
  largest,
  logitsOf,
  oneHot,
  type Shares,
  sharesOf,
  type Vectors,
  type Weights
} from "./formula/label.ts"

type OneHot<S extends Shape> = Dist<S, "oneHot", "score" | "enumerable", "OneHotCategorical"> &
  Has<S, "entropy" | "mode" | "supportValues">

const constraints = { logits: "real", probs: "simplex" } as const

/**
 * One of n labels as a vector of zeros with a single 1, log p(x) = Σᵢ xᵢ·log πᵢ with π = softmax(logits).
 *
 * @param logits unnormalised log probabilities, `[…, n]`; or `probs`, which are divided by their sum along the last dimension
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
export function OneHotCategorical(weights: Weights): OneHot<Shape> {
  const { logits, probs: given } = namedParameters("OneHotCategorical", weights, { oneOf: ["logits", "probs"] })
  const shape = shapeOfParameters("OneHotCategorical", constraints, { logits, probs: given })
  const n = labelCount("OneHotCategorical", shape)
  const logs = (): tf.Tensor => logitsOf(weights)
  const shares = (): Shares => sharesOf(weights)
  const probs = (): tf.Tensor => shares().probs
  return fromFamily({
    family: "OneHotCategorical",
    shape,
    eventRank: 1,
    support: "oneHot",
    gradients: ["score", "enumerable"],
    constraints,
    parameters: () => ({ logits: logs(), ...shares() }),
    logDensity: (x) => {
      const bits = tf.sum(insideOf(x, 0, 1, { integer: true }), -1)
      const mass = tf.sum(timesLog(x, shares().logProbs), -1)
      return densityInside(mass, tf.add(bits, insideOf(tf.sum(x, -1), 1, 1)), 0, 0)
    },
    draw: (key, size) => oneHot(categorical(key, logs(), size.slice(0, -1)), n),
    mean: probs,
    variance: () => tf.mul(probs(), tf.sub(1, probs())),
    entropy: () => entropyOf(shares()),
    mode: () => largest(logs(), n),
    supportValues: () => tf.eye(n)
  })
}
