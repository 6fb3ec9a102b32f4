import * as tf from "@tensorflow/tfjs"
import { log1mexp, logaddexp } from "../../tensor/special/logs.ts"
import { column } from "../../tensor/special/polynomial.ts"
import { integral, pointsTo, reach } from "../../tensor/special/quadrature.ts"
import { splitAt } from "../../tensor/special/splitAt.ts"
import { least } from "./inside.ts"
import { logMillsRatio } from "./millsRatio.ts"

type Value = tf.Tensor | number

/**
 * One side of a truncated normal density, from its highest point outwards: f(s) = exp(−c s − s²/2) for 0 ≤ s ≤ room, in standard deviations. c ≥ 0 is
 * the distance from the normal's own mean to that point.
 */
export interface Side {
  readonly c: tf.Tensor
  readonly room: tf.Tensor
}

/** A room that is effectively infinite: beyond it the density is 0 in float32. */
const farthest = 40

/** The extension of the integral beyond the cutoff, because squares are largest far out. With it a variance is exact to 1e-8. */
const farther = 1.4

/** A side from c, its room, and the standard deviation, the last two in the value's units. The room may be infinite. */
export const sideOf = (c: tf.Tensor, room: tf.Tensor, scale: Value): Side => ({
  c,
  room: tf.div(tf.minimum(room, tf.mul(farthest, scale)), scale)
})

/** −log f(s). */
export const depth = (c: tf.Tensor, s: tf.Tensor): tf.Tensor => tf.mul(s, tf.add(c, tf.mul(0.5, s)))

/** ∫ f(s) g(s) ds over a side, also exact for a narrow one. The arguments of g are s and −log f(s). */
export const over = (
  { c, room }: Side,
  g: (s: tf.Tensor, depth: tf.Tensor) => tf.Tensor = (s) => tf.onesLike(s)
): tf.Tensor => {
  const length = tf.minimum(room, tf.mul(farther, reach(c, tf.scalar(1))))
  const s = pointsTo(length)
  const fall = depth(column(c), s)
  return integral(tf.mul(tf.exp(tf.neg(fall)), g(s, fall)), length)
}

/** The distance s beyond which the fraction w, 0 < w ≤ 1, of a side's probability lies, from log w. */
export const outward = (side: Side, logPart: tf.Tensor): tf.Tensor =>
  splitAt(depth(side.c, side.room), { high: 1 }, { inside: inNarrow(side, logPart), above: inWide(side, logPart) })

/**
 * For a side on which the density falls by less than a factor of e: the root of ∫₀ˢ f = (1 − w) ∫ f, because a difference of two values of Φ would
 * lose its digits. Newton's method starts from the root for an exponential density, which is within 3 % of the room; two iterations are exact to
 * float32.
 */
const inNarrow = ({ c: given, room: whole }: Side, logPart: tf.Tensor): tf.Tensor => {
  const room = tf.clipByValue(whole, 1e-18, 1)
  const c = tf.minimum(given, tf.reciprocal(room))
  const inside = tf.mul(tf.neg(tf.expm1(logPart)), over({ c, room }))
  const rate = tf.add(c, tf.mul(0.5, room))
  const fallen = tf.mul(tf.expm1(logPart), tf.neg(tf.expm1(tf.neg(tf.mul(rate, room)))))
  const start = tf.div(tf.neg(tf.log1p(fallen)), rate)
  return [1, 2].reduce((s) => {
    const excess = tf.sub(over({ c, room: s }), inside)
    return tf.sub(s, tf.mul(excess, tf.exp(depth(c, s))))
  }, start)
}

/**
 * For a wider side: the root of −log(Q(c + s)/Q(c)) = t with Q = 1 − Φ, a convex function of s. Newton's method starts within 10 % of the root; three
 * iterations are exact to float32.
 */
const inWide = ({ c, room }: Side, logPart: tf.Tensor): tf.Tensor => {
  const start = logMillsRatio(c)
  const lost = (s: tf.Tensor): readonly [tf.Tensor, tf.Tensor] => {
    const log = logMillsRatio(tf.add(c, s))
    return [tf.add(depth(c, s), tf.sub(start, log)), tf.exp(log)]
  }
  const end = tf.maximum(lost(room)[0], least)
  const t = tf.neg(logaddexp(tf.neg(end), tf.add(logPart, log1mexp(end))))
  const hazard = tf.exp(tf.neg(start))
  const guess = tf.div(tf.mul(2, t), tf.add(hazard, tf.sqrt(tf.add(tf.square(hazard), tf.mul(2, t)))))
  return [1, 2, 3].reduce((s) => {
    const [value, inverseHazard] = lost(s)
    return tf.sub(s, tf.mul(tf.sub(value, t), inverseHazard))
  }, guess)
}
