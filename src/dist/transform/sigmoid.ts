import * as tf from "@tensorflow/tfjs"
import { logit } from "../../tensor/special/logs.ts"
import { type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed } from "./Transform.ts"

/** y = 1/(1 + e⁻ˣ), log|dy/dx| = −log(1 + e⁻ˣ) − log(1 + eˣ): reals to numbers between 0 and 1. */
export const sigmoid: Elementwise<"real", "unitInterval", "sigmoid", "increasing"> & Fixed = {
  ...elementwise({
    name: "sigmoid",
    domain: "real",
    codomain: "unitInterval",
    direction: "increasing",
    forward: (x) => tf.sigmoid(x),
    inverse: (y) => logit(y),
    logSlope: (x) => tf.neg(tf.add(tf.softplus(x), tf.softplus(tf.neg(x)))),
    range: { low: 0, high: 1, inclusive: true, between: [2 ** -126, 1 - 2 ** -24] }
  }),
  ofNumbers: { forward: (x) => 1 / (1 + Math.exp(-x)), inverse: (y) => Math.log(y) - Math.log1p(-y) }
}
