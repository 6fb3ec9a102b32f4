import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../Errors.ts"
import { uniform } from "../tensor/random.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import { logShare } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { enumerated, wholeNumbers } from "./formula/enumerated.ts"

const constraints = { low: "integer", high: "integer" } as const

/**
 * Each whole number from `low` to `high` with the same probability, log p(x) = −log(high − low + 1). Draws take at most 2²³ different values.
 *
 * @param low, high the bounds, both included: whole numbers (then its values can be enumerated), or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when they are numbers that are not whole, or `high` is below `low`
 * @example
 * ```ts
 * DiscreteUniform(1, 6).logProb(tf.scalar(3)) // => -Math.log(6)
 * DiscreteUniform(1, 6).mean() // => 3.5
 * ```
 */
export function DiscreteUniform<const A extends Param, const B extends Param>(
  low: A,
  high: B & Alike<A, B>
): Dist<
  ShapeOf<A, B>,
  "integerInterval",
  [A, B] extends [number, number] ? "score" | "enumerable" : "score",
  "DiscreteUniform"
> &
  Has<ShapeOf<A, B>, "entropy" | Tails | "mode" | ([A, B] extends [number, number] ? "supportValues" : never)>
export function DiscreteUniform(low: Param, high: Param): Dist {
  const shape = shapeOfParameters("DiscreteUniform", constraints, { low, high })
  if (typeof low === "number" && typeof high === "number" && high < low) throw endsReversed(low, high)
  const count = (): tf.Tensor => tf.add(tf.sub(high, low), 1)
  const shareBelow = (x: tf.Tensor): tf.Tensor =>
    tf.clipByValue(tf.div(tf.add(tf.sub(tf.floor(x), low), 1), count()), 0, 1)
  const shareAbove = (x: tf.Tensor): tf.Tensor => tf.clipByValue(tf.div(tf.sub(high, tf.floor(x)), count()), 0, 1)
  return fromFamily({
    family: "DiscreteUniform",
    shape,
    support: "integerInterval",
    ...enumerated(wholeNumbers(low, high)),
    constraints,
    parameters: () => ({ low, high }),
    logDensity: (x) => {
      const inside = tf.add(
        insideOf(tf.sub(x, low), 0, Number.POSITIVE_INFINITY, { integer: true }),
        insideOf(tf.sub(high, x), 0, Number.POSITIVE_INFINITY)
      )
      return tf.sub(inside, tf.log(count()))
    },
    draw: (key, size) => tf.add(low, tf.minimum(tf.floor(tf.mul(uniform(key, size), count())), tf.sub(count(), 1))),
    mean: () => tf.mul(tf.add(low, high), 0.5),
    variance: () => tf.div(tf.mul(tf.add(count(), 1), tf.sub(count(), 1)), 12),
    entropy: () => tf.log(count()),
    cdf: shareBelow,
    logCdf: (x) => logShare(shareBelow(x), shareAbove(x)),
    logSurvival: (x) => logShare(shareAbove(x), shareBelow(x)),
    mode: () => low
  })
}

const endsReversed = (low: number, high: number): SupportViolation =>
  new SupportViolation({
    site: "DiscreteUniform.high",
    support: "integer",
    actual: `it is ${high}, below low, ${low}`,
    advice: "Give the lower end first."
  })
