import * as tf from "@tensorflow/tfjs"

/** The length of the last axis. */
export const lengthOf = (x: tf.Tensor): number => x.shape.at(-1) ?? 1

/** The `count` numbers from index `from` on along the last axis. */
export const cut = (x: tf.Tensor, from: number, count: number): tf.Tensor => {
  const lead = x.shape.slice(0, -1)
  return tf.slice(x, [...lead.map(() => 0), from], [...lead, count])
}

/** Puts zeros before and after along the last axis. */
export const zeroPad = (x: tf.Tensor, before: number, after: number): tf.Tensor =>
  tf.pad(x, [...x.shape.slice(0, -1).map((): [number, number] => [0, 0]), [before, after]])

/** The sum over the last `count` axes. */
export const sumLast = (x: tf.Tensor, count = 1): tf.Tensor =>
  count <= 0
    ? x
    : tf.sum(
        x,
        x.shape.slice(-count).map((_, i) => x.rank - count + i)
      )

/** For each number along the last axis, the sum of all numbers before it. */
export const sumsBefore = (x: tf.Tensor): tf.Tensor => tf.cumsum(x, x.rank - 1, true)

/** For each number along the last axis, the sum of it and all numbers after it. */
export const sumsFrom = (x: tf.Tensor): tf.Tensor => tf.cumsum(x, x.rank - 1, false, true)

/** For each number along the last axis, the sum of all numbers after it. */
export const sumsAfter = (x: tf.Tensor): tf.Tensor => tf.cumsum(x, x.rank - 1, true, true)
