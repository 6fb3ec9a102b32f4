import * as tf from "@tensorflow/tfjs"
import { type Shape, Tensor } from "../../src/tensor/Tensor.ts"

/** Ones, of a shape that the compiler does not know; those that it knows it checks itself. */
export const vectors = (shape: Shape): Tensor<readonly [number]> =>
  Tensor.of(shape, tf.ones([...shape])) as Tensor as never

/** Unit matrices, likewise. */
export const matrices = (shape: Shape): Tensor<readonly [number, number]> => {
  const [n = 1, m = n] = shape.slice(-2)
  return Tensor.of(shape, tf.add(tf.eye(n, m), tf.zeros([...shape]))) as Tensor as never
}
