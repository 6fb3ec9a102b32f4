import * as tf from "@tensorflow/tfjs"
import { Tensor } from "../../../../src/tensor/Tensor.ts"

export type Vector = ReadonlyArray<number>
export type Matrix = ReadonlyArray<Vector>

export const vectorOf = (x: Vector): Tensor<readonly [number]> => Tensor.of([x.length], tf.tensor1d([...x]))

export const matrixOf = (x: Matrix): Tensor<readonly [number, number]> =>
  Tensor.of([x.length, x[0]?.length ?? 0], tf.tensor2d(x.map((row) => [...row])))
