import * as tf from "@tensorflow/tfjs"
import { binomial } from "../tensor/draws/binomial.ts"
import { coinExcess } from "../tensor/special/coinExcess.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { binomialLogMass, binomialLogMassAt, inTrials } from "./formula/countMass.ts"
import { enumerated, type GradientUpTo, type ValuesUpTo, wholeNumbers } from "./formula/enumerated.ts"
import { type Coin, coinOf, fewerSuccesses, logOddsOf, type Odds, oddsConstraints } from "./Odds.ts"

const constraints = { count: "natural", ...oddsConstraints } as const

/**
 * The number of successes in `count` trials, log p(x) = log C(count, x) + x log π + (count − x) log(1 − π) for x = 0, 1, … count.
 *
 * @param count the number of trials, a whole number from 0: a number (then its values can be enumerated), or a tensor of the value's shape
 * @param odds `{ logits }`, the log odds of a success, or `{ probs }`, its probability π, strictly between 0 and 1
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when a number violates its constraint
 * @example
 * ```ts
 * Binomial(4, { probs: 0.25 }).logProb(tf.scalar(2)) // => Math.log(6 * 0.25 ** 2 * 0.75 ** 2)
 * Binomial(4, { logits: 0 }).cdf(tf.scalar(1)) // => 5 / 16
 * ```
 */
export function Binomial<const N extends Param, const A extends Param>(
  count: N,
  odds: Odds<A> & Alike<N, A>
): Dist<ShapeOf<N, A>, "integerInterval", GradientUpTo<N>, "Binomial"> &
  Has<ShapeOf<N, A>, Tails | "mode" | ValuesUpTo<N>>
export function Binomial(count: Param, odds: Odds): Dist {
  const { logits: given, probs } = namedParameters("Binomial", odds, { oneOf: ["logits", "probs"] })
  const logits = (): tf.Tensor | number => logOddsOf(odds)
  const coin = (): Coin => coinOf(odds)
  const tails = (x: tf.Tensor) => {
    const k = tf.floor(tf.maximum(x, 0))
    return fewerSuccesses(tf.maximum(tf.sub(count, k), 1), tf.add(k, 1), coin())
  }
  /** the cdf below 0, and its value from the count on */
  const within = (x: tf.Tensor, below: number, inside: tf.Tensor, above: number): tf.Tensor =>
    splitAt(
      x,
      { low: 0, withLow: true, meet: false },
      { below, inside: splitAt(tf.sub(x, count), { high: 0, meet: false }, { inside, above }) }
    )
  return fromFamily({
    family: "Binomial",
    shape: shapeOfParameters("Binomial", constraints, { count, logits: given, probs }),
    support: "integerInterval",
    ...enumerated(wholeNumbers(0, count)),
    constraints,
    parameters: () => ({ count, logits: logits(), ...coin(), ...(probs !== undefined && { probs }) }),
    logDensity: (x) => {
      // outside of the support any number will do, because the mask makes the log density −∞ there
      const mass =
        probs === undefined
          ? binomialLogMass(x, count, coin(), coinExcess(count, 0, x, logits()))
          : binomialLogMassAt(x, count, probs)
      return inTrials(mass, x, tf.sub(count, x))
    },
    draw: (key, size) => binomial(key, count, coin().yes, size),
    mean: () => tf.mul(count, coin().yes),
    variance: () => tf.mul(tf.mul(count, coin().yes), coin().no),
    cdf: (x) => within(x, 0, tails(x).cdf(), 1),
    logCdf: (x) => within(x, Number.NEGATIVE_INFINITY, tails(x).logCdf(), 0),
    logSurvival: (x) => within(x, 0, tails(x).logSurvival(), Number.NEGATIVE_INFINITY),
    mode: () => tf.minimum(tf.floor(tf.mul(tf.add(count, 1), coin().yes)), count)
  })
}
