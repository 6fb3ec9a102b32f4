import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../../Errors.ts"
import { aboveZero, type Elementwise, elementwise } from "./elementwise.ts"
import type { Fixed } from "./Transform.ts"

/**
 * y = xᵖ for x > 0, log|dy/dx| = log|p| + (p − 1) log x.
 *
 * @param p a number other than 0
 * @throws SupportViolation when it is 0, or not finite
 * @example
 * ```ts
 * Transform.power(-1).forward(tf.scalar(4)) // => 0.25
 * ```
 */
export const power = (p: number): Elementwise<"positive", "positive", "power(…)"> & Fixed => {
  if (!Number.isFinite(p) || p === 0)
    throw new SupportViolation({
      site: "power.p",
      support: "real",
      actual: `it is ${p}`,
      advice: "Give a finite number other than 0."
    })
  return {
    ...elementwise({
      name: "power(…)",
      domain: "positive",
      codomain: "positive",
      direction: p > 0 ? "increasing" : "decreasing",
      forward: (x) => tf.pow(x, p),
      inverse: (y) => tf.pow(y, 1 / p),
      logSlope: (x) => tf.add(Math.log(Math.abs(p)), tf.mul(p - 1, tf.log(x))),
      range: aboveZero
    }),
    ofNumbers: { forward: (x) => x ** p, inverse: (y) => y ** (1 / p) }
  }
}
