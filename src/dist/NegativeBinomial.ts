import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import { poisson } from "../tensor/draws/poisson.ts"
import { Key } from "../tensor/random.ts"
import { coinExcess } from "../tensor/special/coinExcess.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logMass } from "../tensor/special/masses.ts"
import { negativeBinomialByMean, negativeBinomialLogMass } from "../tensor/special/negativeBinomial.ts"
import { productsLess } from "../tensor/special/productLess.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { gammaFormulas } from "./formula/gammaFormulas.ts"
import { type Coin, coinOf, fewerSuccesses, logOddsOf, logYes, type Odds, oddsConstraints } from "./Odds.ts"

type Parameters<N extends Param, A extends Param> = { readonly count: N } & (
  | (Odds<A> & { readonly mean?: undefined })
  | { readonly mean: A; readonly logits?: undefined; readonly probs?: undefined }
)

const constraints = { count: "positive", ...oddsConstraints, mean: "positive" } as const

/**
 * The number of successes before the `count`-th failure, log p(x) = log Γ(count + x)/(Γ(count) x!) + x log π + count log(1 − π) for x = 0, 1, 2, …;
 * for any real count above 0 it is the Poisson distribution of a rate that is itself Gamma(count) distributed. Its variance is mean + mean²/count.
 * (SciPy's `nbinom` counts failures: its p is 1 − π.)
 *
 * Draws are Poisson draws at a Gamma rate. A count cannot be reparameterized, but the rate can: {@link negativeBinomialRate} is its distribution.
 * `Poisson({ rate })`, with a rate drawn from it, is this distribution; its gradient goes through the draw of the rate, and only the count needs the
 * score function.
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
): Dist<ShapeOf<N, A>, "natural", "score", "NegativeBinomial"> & Has<ShapeOf<N, A>, Tails | "mode"> => {
  const { count, mean: average, logits: l, probs } = parametersOf("NegativeBinomial", given)
  const logits = logitsOf(given)
  const coin = (): Coin => coinOfCount(given)
  const ratio = (): tf.Tensor => (average === undefined ? tf.div(coin().yes, coin().no) : tf.div(average, count))
  const mean = (): tf.Tensor | number => average ?? tf.mul(count, ratio())
  const tails = (x: tf.Tensor) => fewerSuccesses(count, tf.add(tf.floor(x), 1), coin())
  /** (x + count) π − x, which cancels, so it is computed from the given parameter */
  const excessOf = (x: tf.Tensor): tf.Tensor =>
    probs === undefined ? coinExcess(x, count, x, logits()) : productsLess(x, probs, count, probs, x)
  return fromFamily({
    family: "NegativeBinomial",
    shape: shapeOfParameters("NegativeBinomial", constraints, { count, logits: l, probs, mean: average }) as ShapeOf<
      N,
      A
    >,
    support: "natural",
    gradients: ["score"],
    constraints,
    parameters: () => ({ count, logits: logits(), ...coin(), ...asGiven(given) }),
    logDensity: (x) => {
      // outside any number will do: the mask says that it is
      const inside = tf.maximum(x, 0)
      const mass =
        average === undefined
          ? negativeBinomialLogMass(inside, count, coin(), excessOf(inside))
          : negativeBinomialByMean(inside, count, average)
      return densityInside(mass, x, 0, Number.POSITIVE_INFINITY, { integer: true })
    },
    draw: (key, size) => {
      const logRate = tf.add(logStandardGamma(Key.fork(key, "rate"), count, size), logits())
      return poisson(Key.fork(key, "count"), tf.exp(tf.minimum(logRate, mostLog)), size)
    },
    mean,
    variance: () => tf.mul(mean(), tf.add(1, ratio())),
    cdf: (x) => tails(x).cdf(),
    logCdf: (x) => tails(x).logCdf(),
    logSurvival: (x) => tails(x).logSurvival(),
    mode: () => tf.floor(tf.mul(tf.maximum(tf.sub(count, 1), 0), ratio()))
  })
}

/**
 * The distribution of the rate λ at which the counts of `NegativeBinomial` are Poisson counts: Gamma(count, (1 − π)/π), with the gradients of `Gamma`.
 * For r = `count`, ∫ Poisson(x | λ) Gamma(λ | r, (1 − π)/π) dλ = Γ(r + x)/(Γ(r) x!) πˣ (1 − π)ʳ (Greenwood and Yule, JRSS 83, 1920).
 *
 * @param count as of `NegativeBinomial`, and so are `logits`, `probs` and `mean`, of which one is given
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when a number violates its constraint
 * @example
 * ```ts
 * negativeBinomialRate({ count: 2, mean: 3 }).mean() // => 3
 * negativeBinomialRate({ count: 2, probs: 0.25 }).logProb(tf.scalar(1)) // => 2 * Math.log(3) - 3
 * const visits = program(function* () {
 *   const rate = yield* sample("rate", negativeBinomialRate({ count: param.positive("count", 2), probs: 0.25 }))
 *   return yield* sample("visits", Poisson({ rate }))
 * })
 * ```
 */
export const negativeBinomialRate = <const N extends Param, const A extends Param>(
  given: Parameters<N, A> & Alike<N, A>
): Dist<ShapeOf<N, A>, "positive", "implicit" | "score", "Gamma"> & Has<ShapeOf<N, A>, "entropy" | Tails | "mode"> => {
  const { count, mean, logits, probs } = parametersOf("negativeBinomialRate", given)
  const rate = (): tf.Tensor => tf.exp(tf.neg(logitsOf(given)()))
  return fromFamily({
    family: "Gamma",
    shape: shapeOfParameters("negativeBinomialRate", constraints, { count, logits, probs, mean }) as ShapeOf<N, A>,
    support: "positive",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ concentration: count, rate: rate() }),
    ...gammaFormulas(() => count, rate)
  })
}

const parametersOf = (family: string, given: Parameters<Param, Param>): Parameters<Param, Param> =>
  namedParameters(family, given, { all: ["count"], oneOf: ["logits", "probs", "mean"] })

const logitsOf =
  ({ count, logits, probs, mean }: Parameters<Param, Param>) =>
  (): tf.Tensor | number =>
    mean === undefined ? logOddsOf({ logits, probs } as Odds) : tf.sub(tf.log(mean), tf.log(count))

/** A mean gives both chances to a rounding, which its log odds would not. */
const coinOfCount = ({ count, logits, probs, mean }: Parameters<Param, Param>): Coin => {
  if (mean === undefined) return coinOf({ logits, probs } as Odds)
  const odds = typeof mean === "number" && typeof count === "number" ? mean / count : tf.div(mean, count)
  return {
    yes: tf.div(mean, tf.add(count, mean)),
    no: tf.reciprocal(tf.add(1, odds)),
    logYes: logYes(tf.sub(typeof mean === "number" ? Math.log(mean) : logMass(mean), tf.log(count))),
    logNo: tf.neg(tf.log1p(odds))
  }
}

/** A probability or a mean that is given: its log odds round. */
const asGiven = ({ probs, mean }: Parameters<Param, Param>) => ({
  ...(probs !== undefined && { probs }),
  ...(mean !== undefined && { mean })
})

/** log 6e37: float32 has no rates much above. */
const mostLog = 87
