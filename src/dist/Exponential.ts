import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { log1mexp } from "../tensor/special/logs.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"

const constraints = { rate: "positive" } as const

/**
 * The waiting time for an event of constant rate, log p(x) = log rate − rate·x for x > 0.
 *
 * @param rate events in a unit of time, above 0: number, or a tensor of the value's shape
 * @throws SupportViolation when the rate is a number not above 0
 * @example
 * ```ts
 * Exponential(4).mean() // => 0.25
 * Exponential(4).cdf(tf.scalar(0.25)) // => 1 - Math.exp(-1)
 * ```
 */
export const Exponential = <const A extends Param>(
  rate: A
): Dist<ShapeOf<A>, "positive", "reparameterized" | "score", "Exponential"> &
  Has<ShapeOf<A>, "entropy" | Tails | Quantiles | "mode"> =>
  fromFamily({
    family: "Exponential",
    shape: shapeOfParameters("Exponential", constraints, { rate }) as ShapeOf<A>,
    support: "positive",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ rate }),
    logDensity: (x) => densityInside(tf.sub(tf.log(rate), tf.mul(rate, x)), x, 0, Number.POSITIVE_INFINITY),
    draw: (key, size) => tf.div(tf.neg(tf.log(uniform(key, size))), rate),
    ...exponentialStatistics(rate),
    cdf: (x) => tf.neg(tf.expm1(tf.neg(tf.mul(rate, tf.relu(x))))),
    logCdf: (x) => log1mexp(tf.mul(rate, x)),
    logSurvival: (x) => tf.neg(tf.mul(rate, x)),
    icdfOfLogs: (_, logRest) => tf.div(tf.neg(logRest), rate),
    icdf: (u) => tf.div(tf.neg(tf.log1p(tf.neg(u))), rate),
    mode: () => 0
  })

export const exponentialStatistics = (rate: Value): ExpectedStatistics => ({
  mean: () => tf.div(1, rate),
  variance: () => tf.div(1, tf.square(rate)),
  entropy: () => tf.sub(1, tf.log(rate))
})
