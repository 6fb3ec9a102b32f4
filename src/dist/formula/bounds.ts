import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../../Errors.ts"
import { insideOf } from "../../tensor/special/insideOf.ts"
import type { Param } from "../../tensor/Tensor.ts"

type Value = tf.Tensor | number

/**
 * 0 where `low` ≤ x ≤ `high`, −∞ elsewhere, for bounds that are parameters. Like `insideOf` it has gradient 0. If a draw lies outside of another
 * distribution's bounds with some probability, the expected log density is −∞ and has no gradient.
 */
export const between = (x: tf.Tensor, low: Value, high: Value): tf.Tensor =>
  typeof low === "number" && typeof high === "number"
    ? insideOf(x, low, high)
    : tf.add(atLeast(x, low), insideOf(tf.sub(high, x), 0, Number.POSITIVE_INFINITY))

/** 0 where x ≥ `low`, −∞ elsewhere. */
export const atLeast = (x: Value, low: Value): tf.Tensor => insideOf(tf.sub(x, low), 0, Number.POSITIVE_INFINITY)

/** The nearest number between two bounds: rounding must not move a draw out of its support. */
export const within = (x: tf.Tensor, low: Value, high: Value): tf.Tensor => tf.minimum(tf.maximum(x, low), high)

/**
 * Checks that the given parameters increase in the given order. Parameters that are tensors are not checked.
 *
 * @throws SupportViolation
 */
export const mustIncrease = (family: string, parameters: Readonly<Record<string, Param>>): void => {
  const numbers = Object.entries(parameters).filter(([, value]) => typeof value === "number")
  numbers.forEach(([name, value], i) => {
    const [before, less] = numbers[i - 1] ?? []
    if (before === undefined || less === undefined || less < value) return
    throw new SupportViolation({
      site: `${family}.${name}`,
      support: "interval",
      actual: `it is ${value}, where ${before} is ${less}`,
      advice: `Give ${Object.keys(parameters).join(" < ")}.`
    })
  })
}
