import * as tf from "@tensorflow/tfjs"
import { type Elementwise, elementwise } from "./elementwise.ts"
import { logSech } from "./logSech.ts"
import type { Fixed } from "./Transform.ts"

/** y = tanh x, log|dy/dx| = −2 log cosh x: reals to numbers between −1 and 1. */
export const tanh: Elementwise<"real", "interval", "tanh", "increasing"> & Fixed = {
  ...elementwise({
    name: "tanh",
    domain: "real",
    codomain: "interval",
    direction: "increasing",
    forward: (x) => tf.tanh(x),
    inverse: (y) => tf.mul(0.5, tf.sub(tf.log1p(y), tf.log1p(tf.neg(y)))),
    logSlope: (x) => tf.mul(2, logSech(x)),
    range: { low: -1, high: 1, inclusive: true, between: [2 ** -24 - 1, 1 - 2 ** -24] }
  }),
  ofNumbers: { forward: Math.tanh, inverse: Math.atanh }
}
