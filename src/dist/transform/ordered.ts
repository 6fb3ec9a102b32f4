import * as tf from "@tensorflow/tfjs"
import { cut, lengthOf, sumLast } from "./lastAxis.ts"
import { type Transform, transform } from "./Transform.ts"

/** Reals to increasing numbers: y₁ = x₁, yₖ = yₖ₋₁ + exp(xₖ), log|det J| = x₂ + … + xₙ. */
export const ordered: Transform<"real", "ordered", "ordered", "same", undefined> = transform({
  name: "ordered",
  domain: "real",
  codomain: "ordered",
  eventRanks: [1, 1],
  shapes: "same",
  direction: undefined,
  forward: (x) => {
    const n = lengthOf(x)
    if (n === 1) return x
    return tf.cumsum(tf.concat([cut(x, 0, 1), tf.exp(cut(x, 1, n - 1))], x.rank - 1), x.rank - 1)
  },
  inverse: (y) => {
    const n = lengthOf(y)
    if (n === 1) return y
    const gaps = tf.sub(cut(y, 1, n - 1), cut(y, 0, n - 1))
    return tf.concat([cut(y, 0, 1), tf.log(gaps)], y.rank - 1)
  },
  logDetJacobian: (x) => tf.sub(sumLast(x), tf.squeeze(cut(x, 0, 1), [x.rank - 1]))
})
