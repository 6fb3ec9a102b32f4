import * as tf from "@tensorflow/tfjs"
import { logSumExp } from "../../tensor/special/logSumExp.ts"
import { cut, lengthOf, sumLast, zeroPad } from "./lastAxis.ts"
import { type Transform, transform } from "./Transform.ts"

/** n − 1 reals to a point of the simplex of n numbers: y = softmax(x₁, …, xₙ₋₁, 0), log|det J| = Σ log yᵢ over all n. */
export const softmaxCentred: Transform<"real", "simplex", "softmaxCentred", "successor", undefined> = transform({
  name: "softmaxCentred",
  domain: "real",
  codomain: "simplex",
  eventRanks: [1, 1],
  shapes: "successor",
  direction: undefined,
  forward: (x) => tf.exp(logShares(x)),
  inverse: (y) => {
    const [n, logs] = [lengthOf(y) - 1, tf.log(y)]
    return tf.sub(cut(logs, 0, n), cut(logs, n, 1))
  },
  logDetJacobian: (x) => sumLast(logShares(x))
})

const logShares = (x: tf.Tensor): tf.Tensor => {
  const all = zeroPad(x, 0, 1)
  return tf.sub(all, logSumExp(all, -1, true))
}
