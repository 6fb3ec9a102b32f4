import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import type { Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { boxCoxExp, boxCoxLog } from "./formula/boxCox.ts"
import { entropyOf, logSinhRatio, meanOf, varianceOf } from "./formula/continuousBernoulliFormulas.ts"
import { logOddsOf, type Odds } from "./Odds.ts"

type Continuous<S extends Shape> = Dist<S, "unitInterval", "reparameterized" | "score", "ContinuousBernoulli"> &
  Has<S, "entropy" | "cdf" | "icdf" | "mode">

const constraints = { logits: "real", probs: "probability" } as const

/**
 * The density on [0, 1] that goes as πˣ(1 − π)¹⁻ˣ: the likelihood for grey values that cross-entropy is meant for (Loaiza-Ganem and
 * Cunningham 2019), log p(x) = λ(x − ½) − log(sinh(½λ)/(½λ)) with λ = log(π/(1 − π)). It is exact for λ near 0, where it is uniform.
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
  /** at a tensor's 0 or 1 the density is a point; that of these logits is as narrow, and has numbers */
  const logits = (): tf.Tensor | number =>
    probs === undefined || typeof probs === "number" ? logOddsOf(given) : tf.clipByValue(logOddsOf(given), -1e30, 1e30)
  const quantile = (u: tf.Tensor): tf.Tensor => {
    // one of the two is u: so the quantile is smooth at 0, where relu has slope 0 and maximum has 1
    const falling = lowQuantile(u, tf.relu(tf.neg(logits())))
    const rising = tf.sub(1, lowQuantile(tf.sub(1, u), tf.maximum(logits(), 0)))
    return tf.clipByValue(tf.add(falling, tf.sub(rising, u)), 0, 1)
  }
  return fromFamily({
    family: "ContinuousBernoulli",
    shape: shapeOfParameters("ContinuousBernoulli", constraints, { logits: logOdds, probs }),
    support: "unitInterval",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ logits: logits() }),
    logDensity: (x) => {
      const density = tf.sub(tf.mul(logits(), tf.sub(x, 0.5)), logSinhRatio(logits()))
      return tf.add(density, insideOf(x, 0, 1))
    },
    draw: (key, size) => quantile(uniform(key, size)),
    mean: () => meanOf(logits()),
    variance: () => varianceOf(logits()),
    entropy: () => entropyOf(logits()),
    cdf: (x) => {
      // (e^(λx) − 1)/(e^λ − 1), each divided by its argument
      const inside = tf.clipByValue(x, 0, 1)
      const scaled = tf.mul(inside, logits())
      const log = tf.add(tf.mul(0.5, tf.sub(scaled, logits())), tf.sub(logSinhRatio(scaled), logSinhRatio(logits())))
      return tf.mul(inside, tf.exp(log))
    },
    icdf: quantile,
    mode: () => tf.cast(tf.greater(logits(), 0), "float32")
  })
}

/** The quantiles for logits −a ≤ 0. */
const lowQuantile = (u: tf.Tensor, a: tf.Tensor): tf.Tensor => boxCoxLog(tf.mul(u, boxCoxExp(1, tf.neg(a))), tf.neg(a))
