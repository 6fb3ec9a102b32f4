import * as tf from "@tensorflow/tfjs"
import { type Shape, sameShape } from "./Tensor.ts"

/** Sums over the dimensions along which a value of the given shape was broadcast. */
export const sumTo = (x: tf.Tensor, shape: Shape): tf.Tensor => {
  if (sameShape(x.shape, shape)) return x
  const lead = x.shape.length - shape.length
  const axes = x.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []))
  return tf.reshape(tf.sum(x, axes), [...shape])
}
