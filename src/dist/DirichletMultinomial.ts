import * as tf from "@tensorflow/tfjs"
import { logitStandardBeta } from "../tensor/draws/beta.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import type { ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { compositions, enumerated, type GradientUpTo, type ValuesUpTo } from "./formula/enumerated.ts"
import { labelCount, type Vectors } from "./formula/label.ts"
import { countsByShares } from "./formula/multinomialDraw.ts"
import { asRows, exactSum, lessThanExpected, othersOf, polyaLogMass } from "./formula/polya.ts"
import { splits } from "./Multinomial.ts"

const constraints = { count: "natural", concentration: "positive" } as const

/**
 * The counts of n labels in `count` trials, whose common probabilities are Dirichlet(a) distributed, log p(x) = log count! Γ(A)/Γ(A + count) + Σᵢ log
 * Γ(aᵢ + xᵢ)/(Γ(aᵢ) xᵢ!) with A = Σᵢ aᵢ, for vectors x of whole numbers from 0 that add up to `count`.
 *
 * @param count the number of trials, a whole number from 0: a number (then its values can be enumerated), or a scalar tensor
 * @param concentration a, the pseudo-counts of the labels in the prior of their probabilities, above 0: `[…, n]`
 * @throws ShapeMismatch when the concentration is a single number; SupportViolation when the count is a number that violates its constraint
 * @example
 * ```ts
 * const votes = DirichletMultinomial(2, Tensor.of([3], tf.tensor1d([1, 1, 1])))
 * votes.logProb(tf.tensor1d([1, 0, 1])) // => Math.log(1 / 6)
 * votes.mean() // => [2 / 3, 2 / 3, 2 / 3]
 * ```
 */
export function DirichletMultinomial<const N extends number | Tensor<readonly []>, const A extends Tensor<Vectors>>(
  count: N,
  concentration: A
): Dist<ShapeOf<A>, "integerInterval", GradientUpTo<N>, "DirichletMultinomial"> & Has<ShapeOf<A>, ValuesUpTo<N>>
export function DirichletMultinomial(count: number | Tensor<readonly []>, concentration: Tensor): Dist {
  const shape = shapeOfParameters("DirichletMultinomial", constraints, { count, concentration })
  const n = labelCount("DirichletMultinomial", shape)
  const total = (): tf.Tensor => tf.sum(concentration, -1, true)
  const share = (): tf.Tensor => tf.div(concentration, total())
  return fromFamily({
    family: "DirichletMultinomial",
    shape,
    eventRank: 1,
    support: "integerInterval",
    ...enumerated(compositions(count, n)),
    constraints,
    parameters: () => ({ count, concentration }),
    logDensity: (x) => {
      // outside of the support any number will do, because the mask makes the log density −∞ there
      const counts = tf.maximum(x, 0)
      const { value, rest } = exactSum(concentration)
      const sum = { value: tf.expandDims(value, -1), rest: tf.expandDims(rest, -1) }
      const less = lessThanExpected(counts, asRows(count), concentration, sum)
      return densityInside(polyaLogMass(counts, count, concentration, value, less), splits(x, count), 0, 0)
    },
    draw: (key, size) =>
      // the shares of a Dirichlet draw, each as a fraction of what the earlier ones leave, are beta distributed
      countsByShares(key, count, size, (i, shareKey, one) => {
        const [first, ...others] = tf.unstack(concentration, -1).slice(i)
        return tf.sigmoid(logitStandardBeta(shareKey, first ?? 0, tf.addN(others), one))
      }),
    mean: () => tf.mul(count, share()),
    variance: () => {
      const spread = tf.div(tf.add(total(), count), tf.add(total(), 1))
      return tf.mul(tf.mul(tf.mul(count, share()), tf.div(othersOf(concentration), total())), spread)
    }
  })
}
