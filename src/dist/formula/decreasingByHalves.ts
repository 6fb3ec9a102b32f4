import * as tf from "@tensorflow/tfjs"
import { asColumn } from "../../tensor/linear/matrices.ts"

/** a, a − ½, …, a − (n − 1)/2 along a new last dimension. */
export const decreasingByHalves = (a: tf.Tensor | number, n: number): tf.Tensor =>
  tf.sub(
    typeof a === "number" ? a : asColumn(a),
    Float32Array.from({ length: n }, (_, i) => i / 2)
  )
