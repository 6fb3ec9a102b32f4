import * as tf from "@tensorflow/tfjs"
import { sumTo } from "../sumTo.ts"
import { type Attrs, byPartials, runSpecial, type Special } from "./Special.ts"

export interface Bounds {
  /** whether the bounds themselves belong to the support; true unless given */
  readonly inclusive?: boolean
  /** whether only whole numbers belong to it */
  readonly integer?: boolean
  /** whether only finite numbers belong to it; whole numbers are always finite */
  readonly finite?: boolean
}

/**
 * 0 where `low` ≤ x ≤ `high`, −∞ elsewhere: the mask of a log density whose support does not depend on parameters. It is NaN where x is, and its
 * gradient is 0. A plan may differentiate through it if no draw crosses the bound, or if the loss is infinite beyond it (infer/plan/jumps.ts).
 *
 * @example
 * ```ts
 * insideOf(tf.tensor([0, 2.5, 3]), 0, Infinity, { integer: true }) // => [0, -Infinity, 0]
 * ```
 */
export const insideOf = (x: tf.Tensor | number, low: number, high: number, bounds: Bounds = {}): tf.Tensor =>
  runSpecial(InsideOf, [x], attrsOf(low, high, bounds))

/**
 * A log density where `low` ≤ x ≤ `high`, and −∞ elsewhere, also where the formula of the density is NaN there. Use it in place of a sum with
 * `insideOf`, where ∞ − ∞ would be NaN. If x is NaN the result is the density at x, which should be NaN. The gradient by the density is that of a
 * sum: 1, also outside.
 *
 * @example
 * ```ts
 * densityInside(tf.tensor([NaN, -2]), tf.tensor([-Infinity, 3]), 0, Infinity) // => [-Infinity, -2]
 * ```
 */
export const densityInside = (
  density: tf.Tensor | number,
  x: tf.Tensor | number,
  low: number,
  high: number,
  bounds: Bounds = {}
): tf.Tensor => runSpecial(DensityInside, [density, x], attrsOf(low, high, bounds))

const attrsOf = (low: number, high: number, { inclusive = true, integer = false, finite = false }: Bounds): Attrs => ({
  low,
  high,
  inclusive,
  integer,
  finite
})

/** The largest finite float32 number. */
const greatest = 3.4028234663852886e38

/** Conditions of which one holds for each number outside of the bounds. None holds for NaN. */
const outside = (x: tf.Tensor, { low, high, inclusive, integer, finite }: Attrs): ReadonlyArray<tf.Tensor> => {
  const [least, most] = [Number(low), Number(high)]
  if (integer === true && inclusive === true) {
    const nearest = tf.floor(tf.clipByValue(x, Math.max(Math.ceil(least), -greatest), Math.min(most, greatest)))
    return [tf.greater(tf.abs(tf.sub(x, nearest)), 0)]
  }
  const [below, above] = inclusive === true ? [tf.less, tf.greater] : [tf.lessEqual, tf.greaterEqual]
  return [
    ...(least === Number.NEGATIVE_INFINITY ? [] : [below(x, least)]),
    ...(most === Number.POSITIVE_INFINITY ? [] : [above(x, most)]),
    ...(finite === true && least === Number.NEGATIVE_INFINITY ? [tf.less(x, -greatest)] : []),
    ...(finite === true && most === Number.POSITIVE_INFINITY ? [tf.greater(x, greatest)] : []),
    ...(integer === true ? [tf.greater(x, tf.floor(x))] : [])
  ]
}

const unless = (conditions: ReadonlyArray<tf.Tensor>, value: tf.Tensor): tf.Tensor =>
  conditions.reduceRight(
    (inner, condition) => tf.where(condition, tf.fill(condition.shape, Number.NEGATIVE_INFINITY), inner),
    value
  )

export const InsideOf: Special = {
  kernel: "InsideOf",
  inputs: ["x"],
  forward: ([given], attrs) => {
    const x = given as tf.Tensor
    return unless(outside(x, attrs), tf.where(tf.isNaN(x), x, tf.zerosLike(x)))
  },
  gradient: byPartials(([x]) => [() => tf.zerosLike(x as tf.Tensor)])
}

export const DensityInside: Special = {
  kernel: "DensityInside",
  inputs: ["density", "x"],
  forward: ([given, tested], attrs) => {
    const [density, x] = [given as tf.Tensor, tested as tf.Tensor]
    const conditions = outside(x, attrs)
    // a kernel must not return its input itself
    return conditions.length > 0
      ? unless(conditions, density)
      : tf.broadcastTo(density, tf.broadcast_util.assertAndGetBroadcastShape(density.shape, x.shape))
  },
  gradient: (dy, [density, x]) => [() => sumTo(dy, (density as tf.Tensor).shape), () => tf.zerosLike(x as tf.Tensor)]
}
