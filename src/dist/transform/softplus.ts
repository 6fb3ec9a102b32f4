import * as tf from "@tensorflow/tfjs"
import { softplusInverse } from "../../tensor/special/logs.ts"
import { aboveZero, type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed } from "./Transform.ts"

/** y = log(1 + eˣ), log|dy/dx| = −log(1 + e⁻ˣ): reals to numbers above 0, and nearly the identity for large x. */
export const softplus: Elementwise<"real", "positive", "softplus", "increasing"> & Fixed = {
  ...elementwise({
    name: "softplus",
    domain: "real",
    codomain: "positive",
    direction: "increasing",
    forward: (x) => tf.softplus(x),
    inverse: softplusInverse,
    logSlope: (x) => tf.neg(tf.softplus(tf.neg(x))),
    range: aboveZero
  }),
  ofNumbers: {
    forward: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    inverse: (y) => y + Math.log(-Math.expm1(-y))
  }
}
