import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logShare } from "../tensor/special/tails.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { logOnePlusSquare, quarterTangent, quarterTangentOf } from "./formula/cauchyFormulas.ts"

const constraints = { scale: "positive" } as const

/**
 * The absolute value of a Cauchy variable of median 0, log p(x) = −log(1 + (x/scale)²) + log(2/π) − log scale for x > 0: a prior for scales
 * (Gelman 2006; Polson and Scott 2012). Its mean and variance are infinite.
 *
 * @param scale the median, above 0: number, or a tensor of the value's shape
 * @throws SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * HalfCauchy(3).cdf(tf.scalar(3)) // => 0.5
 * ```
 */
export const HalfCauchy = <const A extends Param>(
  scale: A
): Dist<ShapeOf<A>, "positive", "reparameterized" | "score", "HalfCauchy"> &
  Has<ShapeOf<A>, "entropy" | Tails | Quantiles | "mode"> => {
  const quantile = (u: tf.Tensor): tf.Tensor => tf.mul(scale, quarterTangent(u))
  return fromFamily({
    family: "HalfCauchy",
    shape: shapeOfParameters("HalfCauchy", constraints, { scale }) as ShapeOf<A>,
    support: "positive",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ scale }),
    logDensity: (x) => {
      const density = tf.neg(tf.add(logOnePlusSquare(tf.div(x, scale)), tf.add(tf.log(scale), Math.log(Math.PI / 2))))
      return densityInside(density, x, 0, Number.POSITIVE_INFINITY)
    },
    draw: (key, size) => quantile(uniform(key, size)),
    mean: () => Number.POSITIVE_INFINITY,
    variance: () => Number.POSITIVE_INFINITY,
    entropy: () => tf.add(tf.log(scale), Math.log(2 * Math.PI)),
    cdf: (x) => shareOf(x, scale),
    logCdf: (x) => logShare(shareOf(x, scale), shareOf(tf.add(scale, tf.zerosLike(x)), x)),
    logSurvival: (x) => logShare(shareOf(tf.add(scale, tf.zerosLike(x)), x), shareOf(x, scale)),
    icdf: quantile,
    icdfOfLogs: (logU, logRest) => tf.mul(scale, quarterTangentOf(logU, logRest)),
    mode: () => 0
  })
}

/** In a right-angled triangle with legs a and b, the angle opposite to a, as a fraction of a right angle. */
const shareOf = (a: tf.Tensor, b: tf.Tensor | number): tf.Tensor =>
  tf.mul(2 / Math.PI, tf.atan2(a, tf.add(b, tf.zerosLike(a))))
