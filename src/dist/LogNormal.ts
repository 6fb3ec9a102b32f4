import * as tf from "@tensorflow/tfjs"
import { normal } from "../tensor/random.ts"
import { erfc } from "../tensor/special/erf.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logLess } from "../tensor/special/logLess.ts"
import { logQuotient } from "../tensor/special/logQuotient.ts"
import { logNdtr, ndtri, ndtriOfLogs } from "../tensor/special/normal.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"
import { least, positiveFromLog } from "./formula/inside.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * The exponential of a normal variable, log p(x) = log N(log x; loc, scale) − log x for x > 0.
 *
 * The log density is exact to 2e-6 of its size for x and parameters as float32 rounds them. At a scale of 1e-6 this rounding itself matters: float32
 * numbers next to each other differ by 6e-8 in log x.
 *
 * @param loc, scale mean and standard deviation of log x: numbers, or tensors of the value's shape
 * @example
 * ```ts
 * LogNormal(0, 1).logProb(tf.scalar(1)) // => -0.918938533
 * ```
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 */
export const LogNormal = <const A extends Param, const B extends Param>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "positive", "reparameterized" | "score", "LogNormal"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  const standard = (x: tf.Tensor): tf.Tensor => tf.div(logLess(tf.maximum(x, least), loc), scale)
  return fromFamily({
    family: "LogNormal",
    shape: shapeOfParameters("LogNormal", constraints, { loc, scale }) as ShapeOf<A, B>,
    support: "positive",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale }),
    logDensity: (x) => {
      const logs = logQuotient(tf.maximum(x, least), tf.div(1, scale))
      const density = tf.sub(tf.mul(-0.5, tf.square(standard(x))), tf.add(logs, 0.5 * Math.log(2 * Math.PI)))
      return densityInside(density, x, 0, Number.POSITIVE_INFINITY, { inclusive: false })
    },
    draw: (key, size) => positiveFromLog(tf.add(loc, tf.mul(scale, normal(key, size)))),
    ...logNormalStatistics(loc, scale),
    cdf: (x) => tf.mul(0.5, erfc(tf.mul(-Math.SQRT1_2, standard(x)))),
    logCdf: (x) => logNdtr(standard(x)),
    logSurvival: (x) => logNdtr(tf.neg(standard(x))),
    icdf: (u) => tf.exp(tf.add(loc, tf.mul(scale, ndtri(u)))),
    icdfOfLogs: (logU, logRest) => tf.exp(tf.add(loc, tf.mul(scale, ndtriOfLogs(logU, logRest)))),
    mode: () => tf.exp(tf.sub(loc, tf.square(scale)))
  })
}

export const logNormalStatistics = (loc: Value, scale: Value): ExpectedStatistics => {
  const square = (): tf.Tensor => tf.square(scale)
  return {
    mean: () => tf.exp(tf.add(loc, tf.mul(0.5, square()))),
    variance: () => tf.mul(tf.expm1(square()), tf.exp(tf.add(tf.mul(2, loc), square()))),
    entropy: () => tf.add(tf.add(loc, tf.log(scale)), 0.5 * Math.log(2 * Math.PI * Math.E))
  }
}
