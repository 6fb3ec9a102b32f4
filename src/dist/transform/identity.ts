import * as tf from "@tensorflow/tfjs"
import { type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed, Linear } from "./Transform.ts"

/** y = x. */
export const identity: Elementwise<"real", "real", "identity", "increasing"> & Linear & Fixed = {
  ...elementwise({
    name: "identity",
    domain: "real",
    codomain: "real",
    direction: "increasing",
    forward: (x) => x,
    inverse: (y) => y,
    logSlope: (x) => tf.zerosLike(x)
  }),
  ofNumbers: { forward: (x) => x, inverse: (y) => y },
  varianceOf: (variance) => variance
}
