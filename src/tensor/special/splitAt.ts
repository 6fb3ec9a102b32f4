import * as tf from "@tensorflow/tfjs"
import { byPartials, runSpecial, type Special } from "./Special.ts"

export interface Split {
  readonly low?: number
  readonly high?: number
  /** whether `low` itself lies inside; `high` never does */
  readonly withLow?: boolean
  /** false if the pieces do not meet at the bounds, as in a count's distribution function */
  readonly meet?: boolean
}

type Value = tf.Tensor | number

/**
 * `inside` where low < x < high, `below` and `above` elsewhere: a piecewise function whose pieces meet at the bounds. Only the selected piece has a
 * gradient, and the gradient by x is 0. A plan treats it as smooth, unless it is told that the pieces do not meet.
 */
export const splitAt = (
  x: Value,
  { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, withLow = false, meet = true }: Split,
  {
    below = Number.NaN,
    inside,
    above = Number.NaN
  }: { readonly below?: Value; readonly inside: Value; readonly above?: Value }
): tf.Tensor => runSpecial(SplitAt, [x, below, inside, above], { low, high, withLow, meet })

type Masks = readonly [below: tf.Tensor, above: tf.Tensor]

const masksOf = (x: tf.Tensor, { low, high, withLow }: Readonly<Record<string, unknown>>): Masks => [
  withLow === true ? tf.less(x, Number(low)) : tf.lessEqual(x, Number(low)),
  tf.greaterEqual(x, Number(high))
]

export const SplitAt: Special = {
  kernel: "SplitAt",
  inputs: ["x", "below", "inside", "above"],
  forward: (inputs, attrs) => {
    const all = inputs.reduce((sum, each) => tf.add(sum, tf.zerosLike(each)), tf.scalar(0))
    const [x, below, inside, above] = inputs.map((each) => tf.add(each, tf.zerosLike(all))) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor
    ]
    const [isBelow, isAbove] = masksOf(x, attrs)
    return tf.where(isBelow, below, tf.where(isAbove, above, inside))
  },
  gradient: byPartials(([given], y, attrs) => {
    const x = tf.add(given as tf.Tensor, tf.zerosLike(y))
    const [isBelow, isAbove] = masksOf(x, attrs)
    const share = (mask: tf.Tensor) => () => tf.cast(mask, "float32")
    const isInside = (): tf.Tensor => tf.logicalNot(tf.logicalOr(isBelow, isAbove))
    return [() => tf.zerosLike(x), share(isBelow), () => share(isInside())(), share(isAbove)]
  })
}
