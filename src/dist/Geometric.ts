import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { log1mexp } from "../tensor/special/logs.ts"
import { timesLog } from "../tensor/special/masses.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import { logShare } from "../tensor/special/tails.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { type Coin, coinOf, logOddsOf, type Odds, oddsConstraints } from "./Odds.ts"

/**
 * The number of failures before the first success, log p(x) = log π + x log(1 − π) for x = 0, 1, 2, …
 *
 * @param logits log odds of a success, or `probs`, its probability π, strictly between 0 and 1: a number, or a tensor of the value's shape
 * @throws SupportViolation when `probs` is a number outside (0, 1)
 * @example
 * ```ts
 * Geometric({ probs: 0.25 }).logProb(tf.scalar(2)) // => Math.log(0.25 * 0.75 ** 2)
 * Geometric({ probs: 0.25 }).mean() // => 3
 * ```
 */
export const Geometric = <const A extends Param>(
  given: Odds<A>
): Dist<ShapeOf<A>, "natural", "score", "Geometric"> & Has<ShapeOf<A>, "entropy" | Tails | "mode"> => {
  const odds: Odds = namedParameters("Geometric", given, { oneOf: ["logits", "probs"] })
  const logits = (): tf.Tensor | number => logOddsOf(odds)
  const coin = (): Coin => coinOf(odds)
  const failures = (): tf.Tensor =>
    odds.probs === undefined ? tf.exp(tf.neg(odds.logits)) : tf.div(coin().no, coin().yes)
  const logBeyond = (x: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.floor(x), 1), coin().logNo)
  /** for π above ½ from 1 − π itself: at π = 1 the logarithm of 1 − π has no derivative */
  const byRest = (x: tf.Tensor, direct: tf.Tensor, from: (rest: tf.Tensor) => tf.Tensor): tf.Tensor => {
    if (odds.probs === undefined) return direct
    const rest = tf.pow(tf.add(coin().no, 0), tf.add(tf.floor(x), 1))
    return splitAt(odds.probs, { high: 0.5 }, { inside: direct, above: from(rest) })
  }
  return fromFamily({
    family: "Geometric",
    shape: shapeOfParameters("Geometric", oddsConstraints, {
      logits: odds.logits,
      probs: odds.probs
    }) as ShapeOf<A>,
    support: "natural",
    gradients: ["score"],
    constraints: oddsConstraints,
    parameters: () => ({ logits: logits(), ...coin(), ...(odds.probs !== undefined && { probs: odds.probs }) }),
    logDensity: (x) =>
      densityInside(tf.add(coin().logYes, timesLog(x, coin().logNo)), x, 0, Number.POSITIVE_INFINITY, {
        integer: true
      }),
    // P(X ≥ x) = (1 − π)ˣ
    draw: (key, size) => tf.floor(tf.div(tf.log(uniform(key, size)), coin().logNo)),
    mean: failures,
    variance: () => tf.mul(failures(), tf.add(failures(), 1)),
    entropy: () => tf.neg(tf.add(coin().logYes, timesLog(failures(), coin().logNo))),
    cdf: (x) => byRest(x, tf.neg(tf.expm1(logBeyond(x))), (rest) => tf.sub(1, rest)),
    logCdf: (x) => byRest(x, log1mexp(tf.neg(logBeyond(x))), (rest) => logShare(tf.sub(1, rest), rest)),
    logSurvival: logBeyond,
    mode: () => 0
  })
}
