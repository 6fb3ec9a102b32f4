import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../../Errors.ts"
import { densityInside, insideOf } from "../../tensor/special/insideOf.ts"
import type { Param } from "../../tensor/Tensor.ts"

type Value = tf.Tensor | number

const infinity = Number.POSITIVE_INFINITY

/**
 * 0 where `low` ≤ x ≤ `high`, −∞ elsewhere, for bounds that are parameters. Like `insideOf` it has gradient 0 and is NaN where x is. If a draw lies
 * outside of another distribution's bounds with some probability, the expected log density is −∞ and has no gradient.
 */
export const between = (x: tf.Tensor, low: Value, high: Value): tf.Tensor =>
  typeof low === "number" && typeof high === "number"
    ? insideOf(x, low, high)
    : tf.add(atLeast(x, low), atLeast(high, x))

/** A log density where `low` ≤ x ≤ `high`, −∞ elsewhere, for bounds that are parameters. It must be NaN where x is. */
export const densityBetween = (density: tf.Tensor, x: tf.Tensor, low: Value, high: Value): tf.Tensor =>
  typeof low === "number" && typeof high === "number"
    ? densityInside(density, x, low, high)
    : densityInside(densityFrom(density, x, low), tf.sub(high, x), 0, infinity)

/** A log density where x ≥ `low`, −∞ elsewhere. */
export const densityFrom = (density: tf.Tensor, x: tf.Tensor, low: Value): tf.Tensor =>
  densityInside(density, tf.sub(x, low), 0, infinity)

/** 0 where x ≥ `low`, −∞ elsewhere. */
export const atLeast = (x: Value, low: Value): tf.Tensor => insideOf(tf.sub(x, low), 0, infinity)

/**
 * A log density of vectors or matrices where all numbers of x along the given axes are finite, −∞ where one is infinite. It must be NaN where one of
 * them is: sums and differences of infinite numbers are NaN.
 */
export const densityOfFinite = (density: tf.Tensor, x: tf.Tensor, axes: number | Array<number> = -1): tf.Tensor =>
  densityInside(density, tf.sum(tf.abs(x), axes), -infinity, infinity, { finite: true })

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
