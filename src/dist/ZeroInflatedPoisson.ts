import * as tf from "@tensorflow/tfjs"
import { poisson } from "../tensor/draws/poisson.ts"
import { Key, uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { timesLog } from "../tensor/special/masses.ts"
import { exactLog } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { type Coin, coinOf, logOddsOf, logOfEither, type Odds, oddsConstraints } from "./Odds.ts"
import { massOf, poissonTails, type Rate, rateConstraints, rateOf } from "./Poisson.ts"

const constraints = { ...rateConstraints, ...oddsConstraints } as const

/**
 * A Poisson count that is replaced by 0 with probability g: p(0) = g + (1 − g) e^−rate, and log p(x) = log(1 − g) + x log rate − rate − log x! for x
 * = 1, 2, …
 *
 * @param rate `{ rate }`, the expected count above 0, or `{ logRate }`
 * @param extraZero `{ probs }`, the probability g of an extra zero, strictly between 0 and 1, or `{ logits }`, its log odds
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when a number violates its constraint
 * @example
 * ```ts
 * ZeroInflatedPoisson({ rate: 2 }, { probs: 0.25 }).logProb(tf.scalar(0)) // => Math.log(0.25 + 0.75 * Math.exp(-2))
 * ZeroInflatedPoisson({ rate: 2 }, { probs: 0.25 }).mean() // => 1.5
 * ```
 */
export const ZeroInflatedPoisson = <const A extends Param, const B extends Param>(
  given: Rate<A>,
  extraZero: Odds<B> & Alike<A, B>
): Dist<ShapeOf<A, B>, "natural", "score", "ZeroInflatedPoisson"> & Has<ShapeOf<A, B>, Tails> => {
  const odds: Odds = namedParameters("ZeroInflatedPoisson", extraZero, { oneOf: ["logits", "probs"] })
  namedParameters("ZeroInflatedPoisson", given, { oneOf: ["rate", "logRate"] })
  const rate = (): tf.Tensor | number => rateOf(given)
  const logits = (): tf.Tensor | number => logOddsOf(odds)
  const coin = (): Coin => coinOf(odds)
  const [extra, kept] = [() => coin().yes, () => coin().no]
  const mean = (): tf.Tensor => tf.mul(kept(), rate())
  const count = poissonTails(rate)
  const logBeyond = (x: tf.Tensor): tf.Tensor => tf.add(coin().logNo, count.logSurvival(x))
  return fromFamily({
    family: "ZeroInflatedPoisson",
    shape: shapeOfParameters("ZeroInflatedPoisson", constraints, {
      rate: given.rate,
      logRate: given.logRate,
      logits: odds.logits,
      probs: odds.probs
    }) as ShapeOf<A, B>,
    support: "natural",
    gradients: ["score"],
    constraints,
    parameters: () => ({ rate: rate(), logits: logits() }),
    logDensity: (x) => {
      const zero = logOfEither(odds, 0, tf.neg(rate()))
      const others = tf.add(coin().logNo, massOf(given, x))
      const positive = tf.clipByValue(x, 0, 1)
      const mass = tf.add(timesLog(tf.sub(1, positive), zero), timesLog(positive, others))
      return densityInside(mass, x, 0, Number.POSITIVE_INFINITY, { integer: true })
    },
    draw: (key, size) => {
      const keeps = tf.cast(tf.less(uniform(Key.fork(key, "kept"), size), kept()), "float32")
      return tf.mul(keeps, poisson(Key.fork(key, "count"), rate(), size))
    },
    mean,
    variance: () => tf.mul(mean(), tf.add(1, tf.mul(extra(), rate()))),
    cdf: (x) => tf.add(extra(), tf.mul(kept(), count.cdf(x))),
    logCdf: (x) => exactLog(logOfEither(odds, 0, count.logCdf(x)), logBeyond(x)),
    logSurvival: logBeyond
  })
}
