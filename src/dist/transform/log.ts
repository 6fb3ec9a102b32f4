import * as tf from "@tensorflow/tfjs"
import { type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed } from "./Transform.ts"

/** y = log x, log|dy/dx| = −y: numbers above 0 to reals. */
export const log: Elementwise<"positive", "real", "log", "increasing"> & Fixed = {
  ...elementwise({
    name: "log",
    domain: "positive",
    codomain: "real",
    direction: "increasing",
    forward: (x) => tf.log(x),
    inverse: (y) => tf.exp(y),
    logSlope: (_, y) => tf.neg(y)
  }),
  ofNumbers: { forward: Math.log, inverse: Math.exp }
}
