import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../Errors.ts"
import { uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { log1mexp } from "../tensor/special/logs.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { hurwitz, hurwitzSlope, logHurwitz } from "./formula/zeta.ts"

const constraints = { exponent: "positive" } as const

/**
 * The zeta distribution of ranks, log p(x) = −s log x − log ζ(s) for x = 1, 2, 3, …
 *
 * Draws invert the cdf. Float32 holds numbers up to 3e38 only. Larger draws, which are likely for an exponent near 1, are cut to 6e37.
 *
 * @param exponent s, above 1: a number, or a tensor of the value's shape. The mean is finite from s > 2 on, the variance from s > 3.
 * @throws SupportViolation when the exponent is a number not above 1
 * @example
 * ```ts
 * Zipf(2).logProb(tf.scalar(3)) // => -Math.log((9 * Math.PI ** 2) / 6)
 * Zipf(4).mean() // => 1.1106265
 * ```
 */
export const Zipf = <const A extends Param>(
  exponent: A
): Dist<ShapeOf<A>, "positiveInteger", "score", "Zipf"> & Has<ShapeOf<A>, "entropy" | Tails | "mode"> => {
  const shape = shapeOfParameters("Zipf", constraints, { exponent }) as ShapeOf<A>
  if (typeof exponent === "number" && exponent <= 1) throw notAboveOne(exponent)
  const s = (): tf.Tensor => (typeof exponent === "number" ? tf.scalar(exponent) : exponent)
  /** ζ(s − order) − 1 */
  const rest = (order = 0): tf.Tensor => hurwitz(tf.sub(s(), order), tf.scalar(2))
  const finiteAbove = (order: number, moment: tf.Tensor): tf.Tensor =>
    tf.where(tf.greater(s(), order), moment, tf.fill(moment.shape, Number.POSITIVE_INFINITY))
  /** log(ζ(s, ⌊x⌋ + 1)/ζ(s)) */
  const logBeyond = (x: tf.Tensor): tf.Tensor => tf.sub(logHurwitz(s(), tf.add(tf.floor(x), 1)), tf.log1p(rest()))
  return fromFamily({
    family: "Zipf",
    shape,
    support: "positiveInteger",
    gradients: ["score"],
    constraints,
    parameters: () => ({ exponent }),
    logDensity: (x) => {
      const mass = tf.neg(tf.add(tf.mul(s(), tf.log(tf.maximum(x, 1))), tf.log1p(rest())))
      return densityInside(mass, x, 1, Number.POSITIVE_INFINITY, { integer: true })
    },
    draw: (key, size) => quantile(uniform(key, size), s()),
    mean: () => finiteAbove(2, tf.div(tf.add(1, rest(1)), tf.add(1, rest()))),
    variance: () => {
      // ζ(s − 2) ζ(s) − ζ(s − 1)², each without its 1
      const [a, b, c] = [rest(), rest(1), rest(2)]
      const difference = tf.add(tf.sub(tf.add(c, a), tf.mul(2, b)), tf.sub(tf.mul(c, a), tf.square(b)))
      return finiteAbove(3, tf.div(difference, tf.square(tf.add(1, a))))
    },
    entropy: () => {
      const meanLog = tf.div(hurwitzSlope(s(), tf.scalar(2)), tf.add(1, rest()))
      return tf.add(tf.mul(s(), meanLog), tf.log1p(rest()))
    },
    cdf: (x) => tf.neg(tf.expm1(logBeyond(x))),
    logCdf: (x) => log1mexp(tf.neg(logBeyond(x))),
    logSurvival: logBeyond,
    mode: () => 1
  })
}

const tabulated = 20

/**
 * The least x with P(X > x) ≤ u. Up to 20 it is found by counting in the table of P(X > k) = ζ(s, k + 1)/ζ(s). Above 20, where ζ(s, k + 1) =
 * y^(1−s)/(s − 1) · (1 − s(s − 1)/24y² + …) with y = k + ½, by solving that for y: the next term is below 1e-6 of it there.
 */
const quantile = (u: tf.Tensor, s: tf.Tensor): tf.Tensor => {
  const ks = tf.range(1, tabulated + 1)
  const zeta = tf.add(1, hurwitz(s, tf.scalar(2)))
  const above = tf.div(hurwitz(tf.expandDims(s, -1), tf.add(ks, 1)), tf.expandDims(zeta, -1))
  const passed = tf.sum(tf.cast(tf.less(tf.expandDims(u, -1), above), "float32"), -1)
  const logs = tf.add(tf.log(u), tf.log(tf.mul(zeta, tf.sub(s, 1))))
  const y = tf.exp(tf.minimum(tf.neg(tf.div(logs, tf.sub(s, 1))), mostLog))
  const solved = tf.ceil(tf.sub(tf.sub(y, tf.div(s, tf.mul(y, 24))), 0.5))
  return tf.where(
    tf.less(passed, tabulated),
    tf.add(passed, 1),
    tf.maximum(tf.add(solved, tf.zerosLike(passed)), tabulated + 1)
  )
}

/** log 6e37 */
const mostLog = 87

const notAboveOne = (exponent: number): SupportViolation =>
  new SupportViolation({
    site: "Zipf.exponent",
    support: "positive",
    actual: `it is ${exponent}`,
    advice: "Give a number above 1: at 1 and below the masses x^−s have no sum."
  })
