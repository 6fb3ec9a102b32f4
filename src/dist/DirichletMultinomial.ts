import * as tf from "@tensorflow/tfjs"
import { logitStandardBeta } from "../tensor/draws/beta.ts"
import type { ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { compositions, enumerated, type GradientUpTo, type ValuesUpTo } from "./formula/enumerated.ts"
import { labelCount, type Vectors } from "./formula/label.ts"
import { countsByShares } from "./formula/multinomialDraw.ts"
import { logRising } from "./formula/rising.ts"
import { splits } from "./Multinomial.ts"

const constraints = { count: "natural", concentration: "positive" } as const

/**
 * How often each of n labels comes up in `count` trials whose common probabilities are Dirichlet(a) distributed,
 * log p(x) = log count! Γ(A)/Γ(A + count) + Σᵢ log Γ(aᵢ + xᵢ)/(Γ(aᵢ) xᵢ!) with A = Σᵢ aᵢ, for vectors x of whole numbers from 0 that add up
 * to `count`.
 *
 * @param count how many trials, a whole number from 0: a number (then its values can be enumerated), or a scalar tensor
 * @param concentration a, what each label's probability is worth beforehand, above 0: `[…, n]`
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
  const total = (keepDims: boolean): tf.Tensor => tf.sum(concentration, -1, keepDims)
  const share = (): tf.Tensor => tf.div(concentration, total(true))
  return fromFamily({
    family: "DirichletMultinomial",
    shape,
    eventRank: 1,
    support: "integerInterval",
    ...enumerated(compositions(count, n)),
    constraints,
    parameters: () => ({ count, concentration }),
    logDensity: (x) => {
      const ways = tf.sub(tf.sum(logRising(concentration, x), -1), logRising(total(false), count))
      return tf.add(ways, splits(x, count))
    },
    draw: (key, size) =>
      // a Dirichlet's shares, one after the other, are beta distributed
      countsByShares(key, count, size, (i, shareKey, one) => {
        const [first, ...others] = tf.unstack(concentration, -1).slice(i)
        return tf.sigmoid(logitStandardBeta(shareKey, first ?? 0, tf.addN(others), one))
      }),
    mean: () => tf.mul(count, share()),
    variance: () => {
      const spread = tf.div(tf.add(total(true), count), tf.add(total(true), 1))
      return tf.mul(tf.mul(tf.mul(count, share()), tf.sub(1, share())), spread)
    }
  })
}
