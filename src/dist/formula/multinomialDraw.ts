import * as tf from "@tensorflow/tfjs"
import { binomial } from "../../tensor/draws/binomial.ts"
import { Key } from "../../tensor/random.ts"
import type { Shape } from "../../tensor/Tensor.ts"

/**
 * Draws the counts of k labels in `count` trials, of shape `size` = [..., k]. The first count is binomial, the second is binomial among the remaining
 * trials, and so on. `share` gives the i-th label's probability among the labels from the i-th on, for values of the given shape.
 */
export const countsByShares = (
  key: Key,
  count: tf.Tensor | number,
  size: Shape,
  share: (i: number, key: Key, size: Shape) => tf.Tensor
): tf.Tensor => {
  const [k, one] = [size.at(-1) ?? 1, size.slice(0, -1)]
  const counts: Array<tf.Tensor> = []
  let left: tf.Tensor = tf.add(tf.zeros([...one]), count)
  for (let i = 0; i < k - 1; i++) {
    const taken = binomial(Key.fork(key, `label ${i}`), left, share(i, Key.fork(key, `share ${i}`), one), one)
    counts.push(taken)
    left = tf.sub(left, taken)
  }
  return tf.stack([...counts, left], -1)
}
