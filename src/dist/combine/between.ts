import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch, SupportViolation } from "../../Errors.ts"
import type { Param } from "../../tensor/Tensor.ts"
import { jointShape, shapeOfParameters } from "../Constraint.ts"
import { type Dist, spread } from "../Dist.ts"
import { within } from "../formula/ends.ts"
import { greatest, insideUnit } from "../formula/inside.ts"
import { kindOf, rangeOf } from "../Support.ts"
import { type Invertible, invertibleCopies, leadOf, positionsOf } from "./copies.ts"

type Value = tf.Tensor | number

/** What two ends cut out of a distribution. */
export interface Between {
  /** the distribution, in the shape that it has together with its ends */
  readonly whole: Invertible
  /** the ends, none of which lies outside of the support */
  readonly low: () => Value
  readonly high: () => Value
  /** the probabilities below `low`, above `high`, and between them */
  readonly below: () => Value
  readonly above: () => Value
  readonly inside: () => Value
  /** the numbers nearest to those of x that lie between */
  readonly clip: (x: tf.Tensor) => tf.Tensor
  /** the cdf of what lies between, and its inverse */
  readonly cdf: (x: tf.Tensor) => tf.Tensor
  readonly quantile: (u: tf.Tensor) => tf.Tensor
  /** E[f(x)] of what lies between */
  readonly expect: (f: (x: tf.Tensor) => tf.Tensor) => tf.Tensor
}

/**
 * @throws SupportViolation when ends that are numbers leave nothing between them; ShapeMismatch when the distribution is not one of numbers, or
 * an end has another shape than it
 */
export const between = (where: string, base: Invertible, from: Param, to: Param): Between => {
  mustBeDensityOfNumbers(where, base)
  const whole = widened(where, base, from, to)
  mustLeaveSomething(where, base, from, to)
  const { low: first, high: last } = rangeOf(base.support)
  const low = (): Value => (typeof from === "number" ? Math.max(from, first) : tf.maximum(from, first))
  const high = (): Value => (typeof to === "number" ? Math.min(to, last) : tf.minimum(to, last))
  const fromFirst = typeof from === "number" && from <= first
  const toLast = typeof to === "number" && to >= last
  const upTo = (end: Value): tf.Tensor => whole.cdf(spread(end, whole.shape))
  const below = (): Value => (fromFirst ? 0 : upTo(low()))
  const notAbove = (): Value => (toLast ? 1 : upTo(high()))
  const inside = (): Value => (fromFirst && toLast ? 1 : tf.sub(notAbove(), below()))
  const clip = (x: tf.Tensor): tf.Tensor => clipped(x, low(), high())
  const copied = (x: tf.Tensor): Invertible => invertibleCopies(whole, leadOf(whole, x.shape))
  const quantile = (u: tf.Tensor): tf.Tensor => {
    const p = tf.add(below(), tf.mul(u, inside()))
    return clip(copied(u).icdf(insideUnit(p)))
  }
  return {
    whole,
    low,
    high,
    below,
    above: () => (toLast ? 0 : tf.sub(1, notAbove())),
    inside,
    clip,
    cdf: (x) => tf.div(tf.sub(copied(x).cdf(clip(x)), below()), inside()),
    quantile,
    expect: (f) => {
      const column = [points.length, ...whole.shape.map(() => 1)]
      const u = tf.add(tf.reshape(tf.tensor1d([...points]), column), tf.zeros([points.length, ...whole.shape]))
      const mean = tf.sum(tf.mul(f(quantile(u)), tf.reshape(tf.tensor1d([...weights]), column)), 0)
      return bounded(low(), high()) ? mean : tf.add(mean, tf.mul(0, whole.mean()))
    }
  }
}

/** The nearest finite number between two ends. */
const clipped = (x: tf.Tensor, low: Value, high: Value): tf.Tensor =>
  typeof low === "number" && typeof high === "number"
    ? tf.clipByValue(x, Math.max(low, -greatest), Math.min(high, greatest))
    : tf.clipByValue(within(x, low, high), -greatest, greatest)

/** An unbounded part has moments when the whole has: a NaN or an infinity of the base stays one. */
const bounded = (...ends: ReadonlyArray<Value>): boolean =>
  ends.every((end) => typeof end !== "number" || Number.isFinite(end))

/** The distribution in the shape that it has together with its ends: of a single number there are as many copies as there are ends. */
const widened = (where: string, base: Invertible, low: Param, high: Param): Invertible => {
  const shape = shapeOfParameters(where, { low: "extendedReal", high: "extendedReal" }, { low, high })
  return invertibleCopies(base, base.shape.length === 0 ? shape : leadOf(base, jointShape(where, [base.shape, shape])))
}

/** Ends that are tensors are judged by what they do to the loss. */
const mustLeaveSomething = (where: string, base: Dist, low: Param, high: Param): void => {
  const { low: first, high: last } = rangeOf(base.support)
  const from = typeof low === "number" ? Math.max(low, first) : first
  const to = typeof high === "number" ? Math.min(high, last) : last
  if (from < to) return
  const [lower, upper] = [low, high].map((end) => (typeof end === "number" ? end : "an end that is a tensor"))
  throw new SupportViolation({
    site: where,
    support: base.support,
    actual: `nothing of it lies between ${lower} and ${upper}`,
    advice: "Give a lower end, then a higher one."
  })
}

/** ∫₀¹ f(u) du by the tanh-sinh rule (Takahasi and Mori 1974), with u in float32: from 1e-37 to 1 − 6e-8. */
const [points, weights] = ((): readonly [ReadonlyArray<number>, ReadonlyArray<number>] => {
  const step = 1 / 16
  const ts = Array.from({ length: 102 }, (_, i) => -4 + i * step)
  const us = ts.map((t) => 1 / (1 + Math.exp(-Math.PI * Math.sinh(t))))
  const slopes = us.map((u, i) => u * (1 - u) * Math.PI * Math.cosh(ts[i] ?? 0))
  const total = slopes.reduce((sum, slope) => sum + slope, 0)
  return [us, slopes.map((slope) => slope / total)]
})()

const mustBeDensityOfNumbers = (where: string, base: Dist): void => {
  if (kindOf[base.support] === "density" && positionsOf(base) === base.shape.length) return
  throw new ShapeMismatch({
    site: undefined,
    where,
    expected: base.shape.slice(0, positionsOf(base)),
    actual: base.shape,
    advice: "Give a density of numbers, each of which has a cdf."
  })
}
