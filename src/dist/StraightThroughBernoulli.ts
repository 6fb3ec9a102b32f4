import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { logit } from "../tensor/special/logs.ts"
import { withBiasedGradient } from "../tensor/special/withGradient.ts"
import { type Alike, type Param, type Shape, type ShapeOf, sizeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { Bernoulli } from "./Bernoulli.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { relaxed } from "./RelaxedBernoulli.ts"

type Hard<S extends Shape> = Dist<
  S,
  "boolean",
  "straightThrough" | "score" | "enumerable",
  "StraightThroughBernoulli"
> &
  Has<S, "entropy" | "mode" | "supportValues">

const constraints = { temperature: "positive", logits: "real", probs: "probability" } as const

/**
 * A coin like {@link Bernoulli}. Its draws, 0 or 1, are rounded draws of {@link RelaxedBernoulli}, and have the gradient of the draw before rounding.
 *
 * That gradient is biased, and the plan says so; `{ estimators: { z: score } }` asks for the unbiased one. The temperature affects the gradient only.
 *
 * @param temperature above 0, of the relaxed coin: number, or a tensor of the value's shape
 * @param odds `logits`, log odds; or `probs`, the probability of 1, strictly between 0 and 1
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when a number violates its constraint
 * @example
 * ```ts
 * StraightThroughBernoulli(0.5, { probs: 0.25 }).logProb(tf.scalar(1)) // => Math.log(0.25)
 * ```
 */
export function StraightThroughBernoulli<const T extends Param, const A extends Param>(
  temperature: T,
  odds: { readonly logits: A & Alike<T, A> }
): Hard<ShapeOf<T, A>>
export function StraightThroughBernoulli<const T extends Param, const A extends Param>(
  temperature: T,
  odds: { readonly probs: A & Alike<T, A> }
): Hard<ShapeOf<T, A>>
export function StraightThroughBernoulli(
  temperature: Param,
  odds: { readonly logits?: Param; readonly probs?: Param }
): Hard<Shape> {
  const { logits, probs } = namedParameters("StraightThroughBernoulli", odds, { oneOf: ["logits", "probs"] })
  const shape = shapeOfParameters("StraightThroughBernoulli", constraints, { temperature, logits, probs })
  const coin = logits === undefined ? Bernoulli({ probs: probs ?? 0.5 }) : Bernoulli({ logits })
  const logOdds = (): tf.Tensor | number => logits ?? logit(probs ?? 0.5)
  return fromFamily({
    family: "StraightThroughBernoulli",
    shape,
    support: "boolean",
    gradients: ["straightThrough", "score", "enumerable"],
    constraints,
    parameters: coin.parameters,
    logDensity: coin.logDensity,
    draw: (key, size) => {
      const soft = relaxed(temperature, logOdds(), uniform(key, size))
      return withBiasedGradient(tf.step(tf.sub(soft, 0.5)), soft)
    },
    mean: coin.mean,
    variance: coin.variance,
    entropy: () => tf.div(coin.entropy(), sizeOf(coin.shape)),
    mode: coin.mode,
    supportValues: coin.supportValues
  })
}
