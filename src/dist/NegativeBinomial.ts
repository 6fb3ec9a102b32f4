import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import { poisson } from "../tensor/draws/poisson.ts"
import { Key } from "../tensor/random.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { fewerSuccesses, logNo, logOddsOf, logYes, type Odds, oddsConstraints } from "./Odds.ts"
import { logRising } from "./rising.ts"

type Parameters<N extends Param, A extends Param> = { readonly count: N } & (
  | (Odds<A> & { readonly mean?: undefined })
  | { readonly mean: A; readonly logits?: undefined; readonly probs?: undefined }
)

const constraints = { count: "positive", ...oddsConstraints, mean: "positive" } as const

/**
 * The number of successes before the `count`-th failure, log p(x) = log Γ(count + x)/(Γ(count) x!) + x log π + count log(1 − π) for
 * x = 0, 1, 2, …; for any real count above 0 the Poisson law of a rate that is itself Gamma(count) distributed, with variance
 * mean + mean²/count. (SciPy's `nbinom` counts failures: its p is 1 − π.)
 *
 * Draws are Poisson draws at a Gamma rate: a gradient through that rate would be one of the rate, not of the count, so there is none.
 *
 * @param count failures, above 0: a number, or a tensor of the value's shape
 * @param logits log odds of a success, or `probs`, its probability π, or `mean`, count·π/(1 − π)
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when a number violates its constraint
 * @example
 * ```ts
 * NegativeBinomial({ count: 2, probs: 0.25 }).logProb(tf.scalar(1)) // => Math.log(2 * 0.25 * 0.75 ** 2)
 * NegativeBinomial({ count: 2, mean: 3 }).variance() // => 7.5
 * ```
 */
export const NegativeBinomial = <const N extends Param, const A extends Param>(
  given: Parameters<N, A> & Alike<N, A>
): Dist<ShapeOf<N, A>, "natural", "score", "NegativeBinomial"> & Has<ShapeOf<N, A>, "cdf" | "mode"> => {
  const { count, logits: odds, probs, mean: average }: Parameters<Param, Param> = given
  const logits = (): tf.Tensor | number =>
    average === undefined ? logOddsOf({ logits: odds, probs } as Odds) : tf.sub(tf.log(average), tf.log(count))
  const ratio = (): tf.Tensor => tf.exp(logits())
  const mean = (): tf.Tensor | number => average ?? tf.mul(count, ratio())
  return fromFamily({
    family: "NegativeBinomial",
    shape: shapeOfParameters("NegativeBinomial", constraints, { count, logits: odds, probs, mean: average }) as ShapeOf<
      N,
      A
    >,
    support: "natural",
    gradients: ["score"],
    constraints,
    parameters: () => ({ count, logits: logits() }),
    logDensity: (x) => {
      const powers = tf.add(tf.mul(x, logYes(logits())), tf.mul(count, logNo(logits())))
      return tf.add(tf.add(logRising(count, x), powers), insideOf(x, 0, Number.POSITIVE_INFINITY, { integer: true }))
    },
    draw: (key, size) => {
      const logRate = tf.add(logStandardGamma(Key.fork(key, "rate"), count, size), logits())
      return poisson(Key.fork(key, "count"), tf.exp(tf.minimum(logRate, mostLog)), size)
    },
    mean,
    variance: () => tf.mul(mean(), tf.add(1, ratio())),
    cdf: (x) => {
      const inside = tf.cast(tf.greaterEqual(x, 0), "float32")
      return tf.mul(inside, fewerSuccesses(count, tf.add(tf.floor(tf.maximum(x, 0)), 1), logits()))
    },
    mode: () => tf.floor(tf.mul(tf.maximum(tf.sub(count, 1), 0), ratio()))
  })
}

/** log 6e37: float32 has no rates much above. */
const mostLog = 87
