import * as tf from "@tensorflow/tfjs"
import { normal } from "../tensor/random.ts"
import { erf, erfc } from "../tensor/special/erf.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { erfinv, logNdtr, ndtriOfLogs } from "../tensor/special/normal.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import { exactLog, logShare } from "../tensor/special/tails.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"
import { least } from "./formula/inside.ts"

const constraints = { scale: "positive" } as const

/**
 * The absolute value of a normal variable with mean 0, log p(x) = ½ log(2/π) − log scale − ½(x/scale)² for x > 0.
 *
 * @param scale of the normal variable, above 0: number, or a tensor of the value's shape
 * @example
 * ```ts
 * HalfNormal(2).mean() // => 1.595769122
 * ```
 * @throws SupportViolation when the scale is a number not above 0
 */
export const HalfNormal = <const A extends Param>(
  scale: A
): Dist<ShapeOf<A>, "positive", "reparameterized" | "score", "HalfNormal"> &
  Has<ShapeOf<A>, "entropy" | Tails | Quantiles | "mode"> =>
  fromFamily({
    family: "HalfNormal",
    shape: shapeOfParameters("HalfNormal", constraints, { scale }) as ShapeOf<A>,
    support: "positive",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ scale }),
    logDensity: (x) => {
      const power = tf.mul(-0.5, tf.square(tf.div(x, scale)))
      const density = tf.sub(power, tf.add(tf.log(scale), 0.5 * Math.log(Math.PI / 2)))
      return densityInside(density, x, 0, Number.POSITIVE_INFINITY)
    },
    draw: (key, size) => tf.mul(scale, tf.abs(normal(key, size))),
    ...halfNormalStatistics(scale),
    cdf: (x) => erf(tf.mul(Math.SQRT1_2, tf.div(tf.relu(x), scale))),
    logCdf: (x) => {
      const z = tf.mul(Math.SQRT1_2, tf.div(x, scale))
      return logShare(erf(z), erfc(z))
    },
    logSurvival: (x) => {
      const z = tf.div(x, scale)
      return exactLog(tf.add(logNdtr(tf.neg(z)), Math.LN2), tf.log(erf(tf.mul(Math.SQRT1_2, tf.maximum(z, least)))))
    },
    icdf: (u) => tf.mul(Math.SQRT2, tf.mul(scale, erfinv(u))),
    icdfOfLogs: (logU, logRest) => {
      const below = tf.mul(Math.SQRT2, erfinv(tf.exp(tf.minimum(logU, -0.5))))
      const above = ndtriOfLogs(0, tf.sub(logRest, Math.LN2))
      return tf.mul(scale, splitAt(logU, { high: -Math.LN2 }, { inside: below, above }))
    },
    mode: () => 0
  })

export const halfNormalStatistics = (scale: Value): ExpectedStatistics => ({
  mean: () => tf.mul(scale, Math.sqrt(2 / Math.PI)),
  variance: () => tf.mul(tf.square(scale), 1 - 2 / Math.PI),
  entropy: () => tf.add(tf.log(scale), 0.5 * Math.log((Math.PI * Math.E) / 2))
})
