import * as tf from "@tensorflow/tfjs"
import { byPartials, runSpecial, type Special } from "./Special.ts"

export interface Bounds {
  /** whether the bounds themselves belong to the support; true unless given */
  readonly inclusive?: boolean
  /** whether only whole numbers belong to it */
  readonly integer?: boolean
}

/**
 * 0 where `low` ≤ x ≤ `high`, −∞ elsewhere: the mask of a log density whose support does not depend on parameters. Its gradient is 0. A plan may
 * differentiate through it if no draw crosses the bound, or if the loss is infinite beyond it (src/trace/crossing.ts).
 *
 * @example
 * ```ts
 * insideOf(tf.tensor([0, 2.5, 3]), 0, Infinity, { integer: true }) // => [0, -Infinity, 0]
 * ```
 */
export const insideOf = (
  x: tf.Tensor | number,
  low: number,
  high: number,
  { inclusive = true, integer = false }: Bounds = {}
): tf.Tensor => runSpecial(InsideOf, [x], { low, high, inclusive, integer })

export const InsideOf: Special = {
  kernel: "InsideOf",
  inputs: ["x"],
  forward: ([given], { low, high, inclusive, integer }) => {
    const x = given as tf.Tensor
    const [above, below] = inclusive === true ? [tf.greaterEqual, tf.lessEqual] : [tf.greater, tf.less]
    const conditions = [
      ...(low === Number.NEGATIVE_INFINITY ? [] : [above(x, Number(low))]),
      ...(high === Number.POSITIVE_INFINITY ? [] : [below(x, Number(high))]),
      ...(integer === true ? [tf.equal(x, tf.floor(x))] : [])
    ]
    const inside = tf.zerosLike(x)
    const outside = tf.fill(x.shape, Number.NEGATIVE_INFINITY)
    return conditions.reduceRight((value, condition) => tf.where(condition, value, outside), inside)
  },
  gradient: byPartials(([x]) => [() => tf.zerosLike(x as tf.Tensor)])
}
