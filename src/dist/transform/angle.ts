import * as tf from "@tensorflow/tfjs"
import { type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed } from "./Transform.ts"

const pi = Math.fround(Math.PI)

/** y = 2 atan x, log|dy/dx| = log 2 − log(1 + x²): reals to angles, without π itself (the stereographic projection). */
export const angle: Elementwise<"real", "circle", "angle", "increasing"> & Fixed = {
  ...elementwise({
    name: "angle",
    domain: "real",
    codomain: "circle",
    direction: "increasing",
    forward: (x) => tf.mul(2, tf.atan(x)),
    inverse: (y) => tf.tan(tf.mul(0.5, y)),
    logSlope: (x) => tf.sub(Math.LN2, tf.log1p(tf.square(x))),
    range: { low: -pi, high: pi, inclusive: true, between: [-3.1415925, 3.1415925] }
  }),
  ofNumbers: { forward: (x) => 2 * Math.atan(x), inverse: (y) => Math.tan(y / 2) }
}
