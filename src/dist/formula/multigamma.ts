import * as tf from "@tensorflow/tfjs"
import { asColumn } from "../../tensor/linear/matrices.ts"
import { digamma, lgamma } from "../../tensor/special/gamma.ts"

/** a, a − ½, …, a − (n − 1)/2 along a new last dimension. */
export const halfSteps = (a: tf.Tensor | number, n: number): tf.Tensor =>
  tf.sub(
    typeof a === "number" ? a : asColumn(a),
    Float32Array.from({ length: n }, (_, i) => i / 2)
  )

/** log Γₙ(a) = n (n − 1)/4 log π + Σᵢ log Γ(a − i/2), i from 0 to n − 1: the multivariate gamma function. */
export const logMultigamma = (a: tf.Tensor | number, n: number): tf.Tensor =>
  tf.add(tf.sum(lgamma(halfSteps(a, n)), -1), (n * (n - 1) * Math.log(Math.PI)) / 4)

/** ψₙ(a) = Σᵢ ψ(a − i/2), its derivative. */
export const multidigamma = (a: tf.Tensor | number, n: number): tf.Tensor => tf.sum(digamma(halfSteps(a, n)), -1)
