import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { logShare } from "../tensor/special/tails.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"

const constraints = { loc: "real", scale: "positive", asymmetry: "positive" } as const

/**
 * Two exponential tails of different length, log p(x) = −z·κ − log(scale·(κ + 1/κ)) for z = (x − loc)/scale ≥ 0, and z/κ in place of −z·κ
 * for z < 0, with κ the asymmetry (Kotz, Kozubowski and Podgórski 2001). The probability of x ≤ loc is κ²/(1 + κ²): the loss of quantile
 * regression is its −log p.
 *
 * @param loc the mode: number, or a tensor of the value's shape
 * @param scale above 0: number, or a tensor of the value's shape
 * @param asymmetry above 0; at 1 this is the Laplace distribution, above 1 the left tail is the longer one
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale or the asymmetry is a number not above 0
 * @example
 * ```ts
 * AsymmetricLaplace(1, 2, 3).cdf(tf.scalar(1)) // => 0.9
 * AsymmetricLaplace(1, 2, 1).logProb(tf.scalar(3)) // => -1 - Math.log(4)
 * ```
 */
export const AsymmetricLaplace = <const A extends Param, const B extends Param, const C extends Param>(
  loc: A,
  scale: B & Alike<A, B>,
  asymmetry: C & Alike<A, C> & Alike<B, C>
): Dist<ShapeOf<A, B, C>, "real", "reparameterized" | "score", "AsymmetricLaplace"> &
  Has<ShapeOf<A, B, C>, "entropy" | Tails | Quantiles | "mode"> => {
  const inverse = (): tf.Tensor => tf.div(1, asymmetry)
  const both = (): tf.Tensor => tf.add(asymmetry, inverse())
  /** the probabilities of either side of the mode */
  const left = (): tf.Tensor => tf.div(asymmetry, both())
  const right = (): tf.Tensor => tf.div(inverse(), both())
  const quantileOfLogs = (logU: tf.Tensor, logRest: tf.Tensor): tf.Tensor => {
    const below = tf.mul(asymmetry, tf.minimum(tf.sub(logU, tf.log(left())), 0))
    const above = tf.mul(inverse(), tf.minimum(tf.sub(logRest, tf.log(right())), 0))
    return tf.add(loc, tf.mul(scale, tf.sub(below, above)))
  }
  const quantile = (u: tf.Tensor): tf.Tensor => {
    const below = tf.mul(asymmetry, logOrZero(tf.div(u, left())))
    const above = tf.mul(inverse(), logOrZero(tf.div(tf.sub(1, u), right())))
    return tf.add(loc, tf.mul(scale, tf.sub(below, above)))
  }
  /** the distance below the mode in units of the left tail, and the distance above it in units of the right tail; one of the two is 0 */
  const tails = (x: tf.Tensor): readonly [tf.Tensor, tf.Tensor] => {
    const z = tf.div(tf.sub(x, loc), scale)
    return [tf.mul(inverse(), tf.relu(tf.neg(z))), tf.mul(asymmetry, tf.relu(z))]
  }
  return fromFamily({
    family: "AsymmetricLaplace",
    shape: shapeOfParameters("AsymmetricLaplace", constraints, { loc, scale, asymmetry }) as ShapeOf<A, B, C>,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale, asymmetry }),
    logDensity: (x) => {
      const [below, above] = tails(x)
      return tf.neg(tf.add(tf.add(below, above), tf.add(tf.log(scale), tf.log(both()))))
    },
    draw: (key, size) => quantile(uniform(key, size)),
    ...asymmetricLaplaceStatistics(loc, scale, asymmetry),
    cdf: (x) => {
      const [below, above] = tails(x)
      return tf.sub(tf.mul(left(), tf.exp(tf.neg(below))), tf.mul(right(), tf.expm1(tf.neg(above))))
    },
    logCdf: (x) => {
      const [below, above] = tails(x)
      return logTail(below, left(), above, right())
    },
    logSurvival: (x) => {
      const [below, above] = tails(x)
      return logTail(above, right(), below, left())
    },
    icdf: quantile,
    icdfOfLogs: quantileOfLogs,
    mode: () => loc
  })
}

/**
 * log P beyond a point, from its distances `far` in that tail and `other` in the other tail. One of the two is 0: log(share) − far, or log(1 − other
 * share · e^−other).
 */
const logTail = (far: tf.Tensor, share: tf.Tensor, other: tf.Tensor, otherShare: tf.Tensor): tf.Tensor =>
  tf.sub(
    logShare(tf.sub(share, tf.mul(otherShare, tf.expm1(tf.neg(other)))), tf.mul(otherShare, tf.exp(tf.neg(other)))),
    far
  )

/** log x below 1, and 0 above it. */
const logOrZero = (x: tf.Tensor): tf.Tensor => tf.log(tf.minimum(x, 1))

export const asymmetricLaplaceStatistics = (loc: Value, scale: Value, asymmetry: Value): ExpectedStatistics => {
  const inverse = (): tf.Tensor => tf.div(1, asymmetry)
  return {
    mean: () => tf.add(loc, tf.mul(scale, tf.sub(inverse(), asymmetry))),
    variance: () => tf.mul(tf.square(scale), tf.add(tf.square(inverse()), tf.square(asymmetry))),
    entropy: () => tf.add(tf.add(tf.log(scale), tf.log(tf.add(asymmetry, inverse()))), 1)
  }
}
