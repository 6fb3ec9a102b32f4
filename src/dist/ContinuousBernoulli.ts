import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { log1mexp } from "../tensor/special/logs.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import { exactLog } from "../tensor/special/tails.ts"
import type { Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { boxCoxExp, boxCoxLog } from "./formula/boxCox.ts"
import { entropyOf, logDensityOf, logSinhRatio, meanOf, varianceOf } from "./formula/continuousBernoulliFormulas.ts"
import { least } from "./formula/inside.ts"
import { logOfPositive } from "./formula/logOfPositive.ts"
import { logOddsOf, type Odds } from "./Odds.ts"

type Continuous<S extends Shape> = Dist<S, "unitInterval", "reparameterized" | "score", "ContinuousBernoulli"> &
  Has<S, "entropy" | Tails | Quantiles | "mode">

const constraints = { logits: "real", probs: "probability" } as const

/**
 * The density on [0, 1] that is proportional to πˣ(1 − π)¹⁻ˣ: the likelihood for grey values to which cross-entropy is an approximation (Loaiza-Ganem
 * and Cunningham 2019), log p(x) = λ(x − ½) − log(sinh(½λ)/(½λ)) with λ = log(π/(1 − π)). It is exact for λ near 0, where it is uniform.
 *
 * @param logits λ; or `probs`, which is π, strictly between 0 and 1, and not the mean
 * @throws SupportViolation when `probs` is a number outside (0, 1)
 * @example
 * ```ts
 * ContinuousBernoulli({ logits: 0 }).logProb(tf.scalar(0.3)) // => 0
 * ContinuousBernoulli({ probs: 0.75 }).mean() // => 1.5 - 1 / Math.log(3)
 * ```
 */
export function ContinuousBernoulli<const A extends Param>(parameters: { readonly logits: A }): Continuous<ShapeOf<A>>
export function ContinuousBernoulli<const A extends Param>(parameters: { readonly probs: A }): Continuous<ShapeOf<A>>
export function ContinuousBernoulli(given: Odds): Continuous<Shape> {
  const { logits: logOdds, probs } = namedParameters("ContinuousBernoulli", given, { oneOf: ["logits", "probs"] })
  /** where a tensor holds 0 or 1 the density is a point; these logits give a density that is as narrow in float32, and finite */
  const logits = (): tf.Tensor | number =>
    probs === undefined || typeof probs === "number" ? logOddsOf(given) : tf.clipByValue(logOddsOf(given), -1e30, 1e30)
  const quantile = (u: tf.Tensor, above = tf.sub(1, u)): tf.Tensor => {
    const direct = lowQuantile(u, tf.neg(tf.minimum(logits(), most)))
    const mirrored = tf.sub(1, lowQuantile(above, tf.maximum(logits(), most)))
    const split = splitAt(logits(), { high: most }, { inside: direct, above: mirrored })
    return tf.clipByValue(split, 0, 1)
  }
  const logLeft = (x: tf.Tensor): tf.Tensor => logShareOf(x, logits())
  const logRight = (x: tf.Tensor): tf.Tensor => logShareOf(tf.sub(1, x), tf.neg(logits()))
  return fromFamily({
    family: "ContinuousBernoulli",
    shape: shapeOfParameters("ContinuousBernoulli", constraints, { logits: logOdds, probs }),
    support: "unitInterval",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ logits: logits() }),
    logDensity: (x) => {
      return densityInside(logDensityOf(logits(), x, tf.sub(1, x)), x, 0, 1)
    },
    draw: (key, size) => quantile(uniform(key, size)),
    mean: () => meanOf(logits()),
    variance: () => varianceOf(logits()),
    entropy: () => entropyOf(logits()),
    cdf: (x) => shareOf(x, logits()),
    logCdf: (x) => exactLog(logLeft(x), logRight(x)),
    logSurvival: (x) => exactLog(logRight(x), logLeft(x)),
    icdf: (u) => quantile(u),
    icdfOfLogs: (logU, logRest) => quantile(tf.exp(logU), tf.exp(logRest)),
    mode: () => tf.cast(tf.greater(logits(), 0), "float32")
  })
}

/** log of (e^(λx) − 1)/(λx) over (e^λ − 1)/λ */
const logMeanSlope = (x: tf.Tensor, logits: tf.Tensor | number): tf.Tensor => {
  const scaled = tf.mul(x, logits)
  return tf.add(tf.mul(0.5, tf.sub(scaled, logits)), tf.sub(logSinhRatio(scaled), logSinhRatio(logits)))
}

/** (e^(λx) − 1)/(e^λ − 1): for λ away from 0 as (1 − e^(−|λ|x))/(1 − e^(−|λ|)), times e^(−λ(1 − x)) for λ > 0. */
const shareOf = (x: tf.Tensor, logits: tf.Tensor | number): tf.Tensor => {
  const size = tf.maximum(tf.abs(logits), 1)
  const rise = tf.div(tf.expm1(tf.neg(tf.mul(size, x))), tf.expm1(tf.neg(size)))
  const near = tf.clipByValue(tf.add(logits, tf.zerosLike(x)), -1, 1)
  return splitAt(
    tf.add(logits, tf.zerosLike(x)),
    { low: -1, high: 1 },
    {
      below: rise,
      inside: tf.mul(x, tf.exp(logMeanSlope(x, near))),
      above: tf.mul(rise, tf.exp(tf.neg(tf.mul(size, tf.sub(1, x)))))
    }
  )
}

/** log((e^(λx) − 1)/(e^λ − 1)): for λ away from 0 without the ½λ of either part, which would cancel. */
const logShareOf = (x: tf.Tensor, logits: tf.Tensor | number): tf.Tensor => {
  const size = tf.maximum(tf.abs(logits), 1)
  const falling = tf.sub(log1mexp(tf.mul(size, tf.maximum(x, least))), log1mexp(size))
  const near = tf.clipByValue(tf.add(logits, tf.zerosLike(x)), -1, 1)
  return splitAt(
    tf.add(logits, tf.zerosLike(x)),
    { low: -1, high: 1 },
    {
      below: falling,
      inside: tf.add(logOfPositive(x), logMeanSlope(x, near)),
      above: tf.sub(falling, tf.mul(size, tf.sub(1, x)))
    }
  )
}

/** Above these logits eˡ could overflow float32. There a quantile is 1 less the one of −λ. */
const most = 30

/** The quantiles for logits −a. */
const lowQuantile = (u: tf.Tensor, a: tf.Tensor): tf.Tensor => boxCoxLog(tf.mul(u, boxCoxExp(1, tf.neg(a))), tf.neg(a))
