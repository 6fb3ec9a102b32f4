import * as tf from "@tensorflow/tfjs"
import type { OfThree } from "../ops/broadcast.ts"
import { resultOf } from "../ops/Operand.ts"
import {
  densityAt,
  exponent,
  isAboveZero,
  logPrefactorAtSmall,
  type Point,
  part,
  pointOf,
  prefactor,
  sidesOf,
  slopes,
  smallA
} from "./betainc.ts"
import { refuseSecond } from "./gammainc.ts"
import { byPartials, type Inputs, runSpecial, type Special } from "./Special.ts"

/**
 * log Iₓ(a, b), the logarithm of `betainc`, also if I underflows float32, and exact relative to its own size if I is near 1.
 *
 * @example
 * ```ts
 * logBetainc(200, 1, 0.5) // => -200 * Math.LN2
 * ```
 */
export const logBetainc: OfThree = (a, b, x) => resultOf(runSpecial(LogBetainc, [a, b, x], { upper: false }))

/**
 * log(1 − Iₓ(a, b)), the logarithm of `betaincc`, likewise.
 *
 * @example
 * ```ts
 * logBetaincc(1, 200, 0.5) // => -200 * Math.LN2
 * ```
 */
export const logBetaincc: OfThree = (a, b, x) => resultOf(runSpecial(LogBetainc, [a, b, x], { upper: true }))

/** The logarithm of the side of a point; −∞ at x = 0. */
const logNear = (point: Point): tf.Tensor => {
  const { value, above } = part(point)
  const { large, small, root } = exponent(point)
  const direct = tf.sub(tf.log(tf.mul(root, value)), tf.add(large, small))
  const atSmall = tf.add(logPrefactorAtSmall(point), tf.log1p(above))
  const log = tf.where(tf.less(point.a, smallA), atSmall, direct)
  return tf.where(isAboveZero(point), log, tf.fill(log.shape, Number.NEGATIVE_INFINITY))
}

/** The logarithm of 1 less it. */
const logFar = (point: Point): tf.Tensor => {
  const { near, far } = sidesOf(point)
  return tf.where(tf.less(near, 0.5), tf.log1p(tf.neg(tf.minimum(near, 0.5))), tf.log(far))
}

/** The requested side: that of the point, or the other one. */
const isNear = ({ mirrored }: Point, upper: unknown): tf.Tensor => (upper === true ? mirrored : tf.logicalNot(mirrored))

export const LogBetainc: Special = {
  kernel: "LogBetainc",
  inputs: ["a", "b", "x"],
  forward: (inputs, { upper }) => {
    const point = pointOf(inputs)
    return tf.where(isNear(point, upper), logNear(point), logFar(point))
  },
  gradient: byPartials((inputs, _, attrs) =>
    LogBetainc.inputs.map((by) => () => runSpecial(LogBetaincSlope, inputs, { ...attrs, by }))
  )
}

/** The derivative of either side by a, b or x. The factor in front of the integral cancels, so it is exact in the tails. */
export const LogBetaincSlope: Special = {
  kernel: "LogBetaincSlope",
  inputs: ["a", "b", "x"],
  forward: (inputs, { upper, by }) => {
    const point = pointOf(inputs)
    const slope = slopeOf(point, by)
    const ofNear = tf.div(slope, part(point).value)
    const steep = by === "x" ? densityOf(point) : tf.mul(prefactor(point), slope)
    const ofFar = tf.neg(tf.div(steep, sidesOf(point).far))
    return tf.clipByValue(tf.where(isNear(point, upper), ofNear, ofFar), -most, most)
  },
  /** with r = ±(density over the side), r′ = r ((a − 1)/x − (b − 1)/(1 − x) − r) */
  gradient: byPartials((inputs, r, { by }) => [
    () => refuseSecond("LogBetaincSlope"),
    () => refuseSecond("LogBetaincSlope"),
    () => (by === "x" ? tf.mul(r, tf.sub(slopeOfLogDensity(inputs), r)) : refuseSecond("LogBetaincSlope"))
  ])
}

/** At x = 0 the derivative overflows float32. It must stay finite, so that its product with a gradient of 0 is 0. */
const most = 3e38

/** The derivative of the point's side by x. */
const densityOf = (point: Point): tf.Tensor => {
  const density = densityAt(point)
  return tf.where(point.mirrored, tf.neg(density), density)
}

/** The derivative of the point's side by the original (not mirrored) a, b or x, over xᵃ yᵇ/(a B(a, b)). */
const slopeOf = (point: Point, by: unknown): tf.Tensor => {
  const { mirrored, a, x, y } = point
  if (by === "x") {
    const density = tf.div(a, tf.mul(x.value, y.value))
    return tf.where(mirrored, tf.neg(density), density)
  }
  const [own, other] = by === "a" ? slopes(point) : ([...slopes(point)].reverse() as [tf.Tensor, tf.Tensor])
  return tf.where(mirrored, other, own)
}

const slopeOfLogDensity = ([a, b, x]: Inputs): tf.Tensor => {
  const left = tf.div(tf.sub(a as tf.Tensor, 1), x as tf.Tensor)
  return tf.sub(left, tf.div(tf.sub(b as tf.Tensor, 1), tf.sub(1, x as tf.Tensor)))
}
