import * as tf from "@tensorflow/tfjs"
import { logitStandardBeta } from "../tensor/draws/beta.ts"
import { binomial } from "../tensor/draws/binomial.ts"
import { Key } from "../tensor/random.ts"
import { sum } from "../tensor/special/doubled.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { inTrials } from "./formula/countMass.ts"
import { enumerated, type GradientUpTo, type ValuesUpTo, wholeNumbers } from "./formula/enumerated.ts"
import { lessThanExpected, polyaLogMass } from "./formula/polya.ts"

const constraints = { count: "natural", alpha: "positive", beta: "positive" } as const

/**
 * The number of successes in `count` trials whose common probability is Beta(alpha, beta) distributed, log p(x) = log C(count, x) + log B(x + alpha,
 * count − x + beta) − log B(alpha, beta) for x = 0, 1, … count.
 *
 * @param count the number of trials, a whole number from 0: a number (then its values can be enumerated), or a tensor of the value's shape
 * @param alpha, beta pseudo-counts of successes and failures in the prior of the probability, above 0
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when a number violates its constraint
 * @example
 * ```ts
 * BetaBinomial(4, 1, 1).logProb(tf.scalar(3)) // => Math.log(1 / 5)
 * BetaBinomial(4, 1, 3).mean() // => 1
 * ```
 */
export function BetaBinomial<const N extends Param, const A extends Param, const B extends Param>(
  count: N,
  alpha: A & Alike<N, A>,
  beta: B & Alike<N, B> & Alike<A, B>
): Dist<ShapeOf<N, A, B>, "integerInterval", GradientUpTo<N>, "BetaBinomial"> & Has<ShapeOf<N, A, B>, ValuesUpTo<N>>
export function BetaBinomial(count: Param, a: Param, b: Param): Dist {
  const total = (): tf.Tensor => tf.add(a, b)
  const [yes, no] = [() => tf.div(a, total()), () => tf.div(b, total())]
  return fromFamily({
    family: "BetaBinomial",
    shape: shapeOfParameters("BetaBinomial", constraints, { count, alpha: a, beta: b }),
    support: "integerInterval",
    ...enumerated(wholeNumbers(0, count)),
    constraints,
    parameters: () => ({ count, alpha: a, beta: b }),
    logDensity: (x) => {
      const others = tf.sub(count, x)
      const zeros = tf.zerosLike(others)
      const labels = (one: Param | tf.Tensor, other: Param | tf.Tensor): tf.Tensor =>
        tf.stack([tf.add(one, zeros), tf.add(other, zeros)], -1)
      // outside of the support any number will do, because the mask makes the log density −∞ there
      const counts = tf.maximum(labels(x, others), 0)
      const both = sum(tf.add(a, zeros), tf.add(b, zeros))
      const less = lessThanExpected(tf.maximum(x, 0), count, a, both)
      const mass = polyaLogMass(counts, tf.add(count, zeros), labels(a, b), both.value, labels(less, tf.neg(less)))
      return inTrials(mass, x, others)
    },
    draw: (key, size) => {
      const probs = tf.sigmoid(logitStandardBeta(Key.fork(key, "probability"), a, b, size))
      return binomial(Key.fork(key, "count"), count, probs, size)
    },
    mean: () => tf.mul(count, yes()),
    variance: () => {
      const spread = tf.div(tf.add(total(), count), tf.add(total(), 1))
      return tf.mul(tf.mul(tf.mul(count, yes()), no()), spread)
    }
  })
}
