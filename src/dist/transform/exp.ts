import * as tf from "@tensorflow/tfjs"
import { aboveZero, type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed } from "./Transform.ts"

/** y = eˣ, log|dy/dx| = x: reals to numbers above 0. */
export const exp: Elementwise<"real", "positive", "exp", "increasing"> & Fixed = {
  ...elementwise({
    name: "exp",
    domain: "real",
    codomain: "positive",
    direction: "increasing",
    forward: (x) => tf.exp(x),
    inverse: (y) => tf.log(y),
    logSlope: (x) => x,
    range: aboveZero
  }),
  ofNumbers: { forward: Math.exp, inverse: Math.log }
}
