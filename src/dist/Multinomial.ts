import * as tf from "@tensorflow/tfjs"
import { densityInside, insideOf } from "../tensor/special/insideOf.ts"
import { logSumExp } from "../tensor/special/logSumExp.ts"
import type { ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { multinomialLogMass, multinomialLogMassAt } from "./formula/countMass.ts"
import { compositions, enumerated, type GradientUpTo, type ValuesUpTo } from "./formula/enumerated.ts"
import { labelCount, type Shares, sharesOf, type Vectors, type Weights, weightsConstraints } from "./formula/label.ts"
import { countsByShares } from "./formula/multinomialDraw.ts"

const constraints = { count: "natural", ...weightsConstraints } as const

/**
 * The counts of n labels in `count` trials, log p(x) = log count! + Σᵢ (xᵢ log πᵢ − log xᵢ!) for vectors x of whole numbers from 0 that add up to
 * `count`, with π = softmax(logits).
 *
 * @param count the number of trials, a whole number from 0: a number (then its values can be enumerated), or a scalar tensor
 * @param weights `{ logits }`, unnormalised log probabilities, `[…, n]`; or `{ probs }`, which are divided by their sum along the last dimension
 * @throws ShapeMismatch when the weights are a single number; SupportViolation when the count is a number that violates its constraint
 * @example
 * ```ts
 * const votes = Multinomial(3, { probs: Tensor.of([3], tf.tensor1d([0.5, 0.25, 0.25])) })
 * votes.logProb(tf.tensor1d([2, 0, 1])) // => Math.log(3 * 0.5 ** 2 * 0.25)
 * votes.mean() // => [1.5, 0.75, 0.75]
 * ```
 */
export function Multinomial<const N extends number | Tensor<readonly []>, const A extends Tensor<Vectors>>(
  count: N,
  weights: Weights<A>
): Dist<ShapeOf<A>, "integerInterval", GradientUpTo<N>, "Multinomial"> & Has<ShapeOf<A>, ValuesUpTo<N>>
export function Multinomial(count: number | Tensor<readonly []>, weights: Weights): Dist {
  const { logits, probs } = namedParameters("Multinomial", weights, { oneOf: ["logits", "probs"] })
  const shape = shapeOfParameters("Multinomial", constraints, { count, logits, probs })
  const n = labelCount("Multinomial", shape)
  const shares = (): Shares => sharesOf(weights)
  const mean = (): tf.Tensor => tf.mul(count, shares().probs)
  return fromFamily({
    family: "Multinomial",
    shape,
    eventRank: 1,
    support: "integerInterval",
    ...enumerated(compositions(count, n)),
    constraints,
    parameters: () => ({ count, ...shares() }),
    logDensity: (x) => {
      const mass =
        logits !== undefined
          ? multinomialLogMass(x, count, shares().logProbs, logits)
          : multinomialLogMassAt(x, count, shares().probs)
      return densityInside(mass, splits(x, count), 0, 0)
    },
    draw: (key, size) => {
      const logs = shares().logProbs
      const outer = logs.shape.slice(0, -1)
      return countsByShares(key, count, size, (i) => {
        const rest = tf.slice(logs, [...outer.map(() => 0), i], [...outer, n - i])
        const [first = rest] = tf.unstack(rest, -1)
        // where all labels from here on have probability 0, no trial is left for them
        return tf.exp(tf.minimum(tf.sub(first, tf.maximum(logSumExp(rest, -1), -3e38)), 0))
      })
    },
    mean,
    variance: () => tf.mul(mean(), tf.neg(tf.expm1(shares().logProbs)))
  })
}

/** 0 for whole numbers from 0 that add up to the count along the last axis, −∞ for others. */
export const splits = (x: tf.Tensor, count: tf.Tensor | number): tf.Tensor =>
  tf.add(
    tf.sum(insideOf(x, 0, Number.POSITIVE_INFINITY, { integer: true }), -1),
    insideOf(tf.sub(tf.sum(x, -1), count), 0, 0)
  )
