import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { densityInside, insideOf } from "../tensor/special/insideOf.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { boxCoxExp, boxCoxLog } from "./formula/boxCox.ts"
import { logRiseFrom0 } from "./formula/logRise.ts"

const constraints = { loc: "real", scale: "positive", concentration: "real" } as const

/**
 * The distribution of values above a high threshold (Pickands 1975), log p(x) = −log scale − (1 + 1/ξ) log(1 + ξz) for z = (x − loc)/scale ≥ 0 and ξz
 * ≥ −1, with ξ the concentration. At ξ = 0 it is the exponential distribution; for ξ < 0 its upper bound is loc − scale/ξ; for ξ > 0 it has the tail
 * of a Pareto distribution. Its mean is finite for ξ < 1 and its variance for ξ < ½; otherwise they are infinite.
 *
 * The bounds move with the parameters, and the score function misses that change of the support: gradients go through the draw.
 *
 * @param loc the least value: number, or a tensor of the value's shape
 * @param scale above 0: number, or a tensor of the value's shape
 * @param concentration the index ξ of the tail: number, or a tensor of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * GeneralizedPareto(0, 2, 0).logProb(tf.scalar(3)) // => -1.5 - Math.log(2)
 * GeneralizedPareto(1, 2, 0.5).cdf(tf.scalar(5)) // => 0.75
 * ```
 */
export const GeneralizedPareto = <const A extends Param, const B extends Param, const C extends Param>(
  loc: A,
  scale: B & Alike<A, B>,
  concentration: C & Alike<A, C> & Alike<B, C>
): Dist<ShapeOf<A, B, C>, "interval", "reparameterized", "GeneralizedPareto"> &
  Has<ShapeOf<A, B, C>, "entropy" | Tails | Quantiles | "mode"> => {
  /** z, and 0 below the least value */
  const excess = (x: tf.Tensor): tf.Tensor => tf.div(tf.relu(tf.sub(x, loc)), scale)
  /** from exponential noise */
  const fromExponential = (e: tf.Tensor): tf.Tensor =>
    tf.add(loc, tf.mul(scale, boxCoxExp(tf.minimum(e, 1e30), concentration)))
  /** 1 − nξ, or 0, which makes a moment infinite */
  const room = (n: number): tf.Tensor => tf.relu(tf.sub(1, tf.mul(n, concentration)))
  return fromFamily({
    family: "GeneralizedPareto",
    shape: shapeOfParameters("GeneralizedPareto", constraints, { loc, scale, concentration }) as ShapeOf<A, B, C>,
    support: "interval",
    gradients: ["reparameterized"],
    constraints,
    parameters: () => ({ loc, scale, concentration }),
    logDensity: (x) => {
      const z = excess(x)
      const y = tf.mul(concentration, z)
      const log = tf.log1p(tf.maximum(y, -1 + 2 ** -24))
      const density = tf.neg(tf.add(tf.add(log, boxCoxLog(z, concentration)), tf.log(scale)))
      const belowTop = densityInside(density, y, -1, Number.POSITIVE_INFINITY)
      return densityInside(belowTop, tf.sub(x, loc), 0, Number.POSITIVE_INFINITY, { finite: true })
    },
    draw: (key, size) => {
      const z = boxCoxExp(tf.neg(tf.log(uniform(key, size))), concentration)
      // rounding must not move a draw above the upper bound 1/−ξ, nor z or ξz out of the range of float32
      const end = tf.div(1 - 2 ** -22, tf.maximum(tf.neg(concentration), 1e-18))
      return tf.add(loc, tf.mul(scale, tf.minimum(z, tf.add(end, tf.mul(tf.relu(concentration), 1e27)))))
    },
    mean: () => tf.add(loc, tf.div(scale, room(1))),
    variance: () => tf.div(tf.square(scale), tf.mul(tf.square(room(1)), room(2))),
    entropy: () => tf.add(tf.log(scale), tf.add(concentration, 1)),
    cdf: (x) => tf.neg(tf.expm1(tf.neg(boxCoxLog(excess(x), concentration)))),
    logCdf: (x) => logRiseFrom0(boxCoxLog(excess(x), concentration)),
    logSurvival: (x) => {
      const z = excess(x)
      const inside = tf.neg(boxCoxLog(z, concentration))
      return splitAt(tf.mul(concentration, z), { low: -1 }, { below: Number.NEGATIVE_INFINITY, inside })
    },
    icdfOfLogs: (_, logRest) => fromExponential(tf.neg(logRest)),
    icdf: (u) => {
      const inside = fromExponential(tf.neg(tf.log1p(tf.neg(u))))
      // at 1 it is the upper bound, which is infinite for ξ ≥ 0
      const end = tf.sub(inside, insideOf(tf.neg(concentration), 0, Number.POSITIVE_INFINITY, { inclusive: false }))
      return splitAt(u, { high: 1 }, { inside, above: end })
    },
    /** below ξ = −1 the density is infinite at its upper bound */
    mode: () =>
      tf.where(tf.less(concentration, -1), tf.sub(loc, tf.div(scale, tf.minimum(concentration, -1))), tf.add(loc, 0))
  })
}
