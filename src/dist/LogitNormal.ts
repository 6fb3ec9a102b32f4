import * as tf from "@tensorflow/tfjs"
import { normal } from "../tensor/random.ts"
import { erfc } from "../tensor/special/erf.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logitLess } from "../tensor/special/logLess.ts"
import { logQuotient } from "../tensor/special/logQuotient.ts"
import { logNdtr, ndtri, ndtriOfLogs } from "../tensor/special/normal.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { fractionFromLogit, insideUnit } from "./formula/inside.ts"

const constraints = { loc: "real", scale: "positive" } as const

/**
 * The logistic function of a normal variable, log p(x) = log N(logit x; loc, scale) − log x − log(1 − x) for 0 < x < 1. Its mean and variance have no
 * closed form: they are sums over 400 points, exact in float32 for scales up to 20.
 *
 * The log density is exact to 2e-6 of its size for x and parameters as float32 rounds them. At a scale of 1e-6 this rounding itself matters: float32
 * numbers next to each other differ by more than the log-normal's 6e-8 in logit x.
 *
 * @param loc, scale mean and standard deviation of logit x = log(x/(1 − x)): numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * LogitNormal(0, 1).logProb(tf.scalar(0.5)) // => Math.log(4) - 0.918938533
 * LogitNormal(0, 3).mean() // => 0.5
 * ```
 */
export const LogitNormal = <const A extends Param, const B extends Param>(
  loc: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "unitInterval", "reparameterized" | "score", "LogitNormal"> &
  Has<ShapeOf<A, B>, Tails | Quantiles> => {
  const standard = (x: tf.Tensor): tf.Tensor => tf.div(logitLess(insideUnit(x), loc), scale)
  const mean = (): tf.Tensor => expectation(loc, scale, (x) => x)
  return fromFamily({
    family: "LogitNormal",
    shape: shapeOfParameters("LogitNormal", constraints, { loc, scale }) as ShapeOf<A, B>,
    support: "unitInterval",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale, logScale: tf.log(scale) }),
    logDensity: (x) => {
      const inside = insideUnit(x)
      const logs = logQuotient(tf.mul(inside, tf.sub(1, inside)), tf.div(1, scale))
      const density = tf.sub(tf.mul(-0.5, tf.square(standard(x))), tf.add(logs, 0.5 * Math.log(2 * Math.PI)))
      return densityInside(density, x, 0, 1, { inclusive: false })
    },
    draw: (key, size) => fractionFromLogit(tf.add(loc, tf.mul(scale, normal(key, size)))),
    mean,
    variance: () => expectation(loc, scale, (x) => tf.square(tf.sub(x, tf.expandDims(mean(), -1)))),
    cdf: (x) => tf.mul(0.5, erfc(tf.mul(standard(x), -Math.SQRT1_2))),
    logCdf: (x) => logNdtr(standard(x)),
    logSurvival: (x) => logNdtr(tf.neg(standard(x))),
    icdf: (u) => fractionFromLogit(tf.add(loc, tf.mul(scale, ndtri(u)))),
    icdfOfLogs: (logU, logRest) => fractionFromLogit(tf.add(loc, tf.mul(scale, ndtriOfLogs(logU, logRest))))
  })
}

const n = 400
const h = 20 / n
const points = Float32Array.from({ length: n + 1 }, (_, i) => (i - n / 2) * h)
const weights = points.map((t) => (h * Math.exp(-(t ** 2) / 2)) / Math.sqrt(2 * Math.PI))

/**
 * E[f(x)] by the trapezoid rule over the normal variable, whose error for functions with poles at distance π/scale from the line is
 * exp(−2π²/(h·scale)).
 */
const expectation = (loc: Param, scale: Param, f: (x: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const column = (x: Param): tf.Tensor => tf.expandDims(tf.add(x, 0), -1)
  const x = tf.sigmoid(tf.add(column(loc), tf.mul(column(scale), tf.tensor1d(points))))
  return tf.sum(tf.mul(f(x), tf.tensor1d(weights)), -1)
}
