import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch, SupportViolation } from "../../Errors.ts"
import { logaddexp } from "../../tensor/special/logs.ts"
import { logBetween } from "../../tensor/special/tails.ts"
import type { Param } from "../../tensor/Tensor.ts"
import { mustBeDist } from "../arguments.ts"
import { jointShape, shapeOfParameters } from "../Constraint.ts"
import { type Dist, spread } from "../Dist.ts"
import { within } from "../formula/bounds.ts"
import { greatest } from "../formula/inside.ts"
import { kindOf, rangeOf } from "../Support.ts"
import { formsOf, type Invertible, invertibleCopies, leadOf, positionsOf } from "./copies.ts"

type Value = tf.Tensor | number

/** The part of a distribution between two bounds. */
export interface Between {
  /** the distribution, in the common shape of it and the bounds */
  readonly whole: Invertible
  /** the bounds, moved into the support if they lie outside */
  readonly low: () => Value
  readonly high: () => Value
  /** the logarithms of the probabilities below `low`, above `high`, and between them; −∞ or 0 if a bound is also the support's */
  readonly logBelow: () => Value
  readonly logAbove: () => Value
  readonly logInside: () => Value
  /** moves each number of x to the nearest one between the bounds */
  readonly clip: (x: tf.Tensor) => tf.Tensor
  /** the logarithms of both tails of the distribution given that a value lies between the bounds, and its quantiles from such logarithms */
  readonly logCdf: (x: tf.Tensor) => tf.Tensor
  readonly logSurvival: (x: tf.Tensor) => tf.Tensor
  readonly quantile: (logU: tf.Tensor, logRest: tf.Tensor) => tf.Tensor
  /** E[f(x)] given that x lies between the bounds */
  readonly expect: (f: (x: tf.Tensor) => tf.Tensor) => tf.Tensor
}

/**
 * @throws InvalidOption when the base is no distribution that has tails and quantiles; SupportViolation when the bounds are numbers and no part of
 *   the support lies between them; ShapeMismatch when the distribution is not one of numbers, or a bound has another shape
 */
export const between = (where: string, base: Invertible, from: Param, to: Param): Between => {
  mustBeDist(`${where}.base`, base)
  mustBeDensityOfNumbers(where, base)
  mustHaveQuantiles(where, base)
  const whole = widened(where, base, from, to)
  mustLeaveSomething(where, base, from, to)
  const { low: first, high: last } = rangeOf(base.support)
  const low = (): Value => (typeof from === "number" ? Math.max(from, first) : tf.maximum(from, first))
  const high = (): Value => (typeof to === "number" ? Math.min(to, last) : tf.minimum(to, last))
  const fromFirst = typeof from === "number" && from <= first
  const toLast = typeof to === "number" && to >= last
  const at = (end: Value): tf.Tensor => spread(end, whole.shape)
  const atLow = (): Logs => (fromFirst ? nothingBelow : logsOf(whole, at(low())))
  const atHigh = (): Logs => (toLast ? nothingAbove : logsOf(whole, at(high())))
  const logInside = (): Value => (fromFirst && toLast ? 0 : logDifference(atLow(), atHigh()))
  const clip = (x: tf.Tensor): tf.Tensor => clipped(x, low(), high())
  const copied = (x: tf.Tensor): Invertible => invertibleCopies(whole, leadOf(whole, x.shape))
  const quantile = (logU: tf.Tensor, logRest: tf.Tensor): tf.Tensor => {
    const [mass, below, above] = [logInside(), atLow().logCdf, atHigh().logSurvival]
    const [left, right] = [logaddexp(below, tf.add(logU, mass)), logaddexp(above, tf.add(logRest, mass))]
    return clip(copied(logU).icdfOfLogs(left, right))
  }
  return {
    whole,
    low,
    high,
    logBelow: () => atLow().logCdf,
    logAbove: () => atHigh().logSurvival,
    logInside,
    clip,
    logCdf: (x) => tf.sub(logDifference(atLow(), logsOf(copied(x), clip(x))), logInside()),
    logSurvival: (x) => tf.sub(logDifference(logsOf(copied(x), clip(x)), atHigh()), logInside()),
    quantile,
    expect: (f) => {
      const column = (numbers: ReadonlyArray<number>): tf.Tensor =>
        tf.reshape(tf.tensor1d([...numbers]), [numbers.length, ...whole.shape.map(() => 1)])
      const spreadOver = (numbers: ReadonlyArray<number>): tf.Tensor =>
        tf.add(column(numbers), tf.zeros([numbers.length, ...whole.shape]))
      const mean = tf.sum(tf.mul(f(quantile(spreadOver(logPoints), spreadOver(logRests))), column(weights)), 0)
      return bounded(low(), high()) ? mean : tf.add(mean, tf.mul(0, whole.mean()))
    }
  }
}

/** The logarithms of both tails at a number. */
interface Logs {
  readonly logCdf: Value
  readonly logSurvival: Value
}

const nothingBelow: Logs = { logCdf: Number.NEGATIVE_INFINITY, logSurvival: 0 }
const nothingAbove: Logs = { logCdf: 0, logSurvival: Number.NEGATIVE_INFINITY }

const logsOf = (dist: Invertible, x: tf.Tensor): Logs => ({ logCdf: dist.logCdf(x), logSurvival: dist.logSurvival(x) })

const logDifference = (a: Logs, b: Logs): tf.Tensor => logBetween(a.logCdf, a.logSurvival, b.logCdf, b.logSurvival)

/** The nearest finite number between two bounds. */
const clipped = (x: tf.Tensor, low: Value, high: Value): tf.Tensor =>
  typeof low === "number" && typeof high === "number"
    ? tf.clipByValue(x, Math.max(low, -greatest), Math.min(high, greatest))
    : tf.clipByValue(within(x, low, high), -greatest, greatest)

/** Whether both bounds are finite. If not, the part has only the moments that the whole distribution has: a mean of NaN or infinity stays so. */
const bounded = (...bounds: ReadonlyArray<Value>): boolean =>
  bounds.every((bound) => typeof bound !== "number" || Number.isFinite(bound))

/** The distribution in the common shape of it and the bounds: a distribution of a single number is copied for each bound. */
const widened = (where: string, base: Invertible, low: Param, high: Param): Invertible => {
  const shape = shapeOfParameters(where, { low: "extendedReal", high: "extendedReal" }, { low, high })
  return invertibleCopies(base, base.shape.length === 0 ? shape : leadOf(base, jointShape(where, [base.shape, shape])))
}

/** Refuses bounds with no part of the support between them. Bounds that are tensors are not checked: bad ones show as a loss that is not finite. */
const mustLeaveSomething = (where: string, base: Dist, low: Param, high: Param): void => {
  const { low: first, high: last } = rangeOf(base.support)
  const from = typeof low === "number" ? Math.max(low, first) : first
  const to = typeof high === "number" ? Math.min(high, last) : last
  if (from < to) return
  const [lower, upper] = [low, high].map((bound) => (typeof bound === "number" ? bound : "a bound that is a tensor"))
  throw new SupportViolation({
    site: where,
    support: base.support,
    actual: `nothing of it lies between ${lower} and ${upper}`,
    advice: "Give a lower bound, then a higher one."
  })
}

/** ∫₀¹ f(u) du by the tanh-sinh rule (Takahasi and Mori 1974), on logarithms of u and 1 − u, both down to 1e-37. */
const step = 1 / 16
const ts = Array.from({ length: 129 }, (_, i) => (i - 64) * step)
const logRise = (t: number): number => -Math.log1p(Math.exp(-Math.PI * Math.sinh(t)))
const logPoints = ts.map(logRise)
const logRests = ts.map((t) => logRise(-t))
const slopes = ts.map((t) => Math.exp(logRise(t) + logRise(-t)) * Math.cosh(t))
const total = slopes.reduce((sum, slope) => sum + slope, 0)
const weights = slopes.map((slope) => slope / total)

const mustBeDensityOfNumbers = (where: string, base: Dist): void => {
  if (kindOf[base.support] === "mass")
    throw new SupportViolation({
      site: `${where}.base`,
      support: base.support,
      actual: `it is ${base.family}, which has masses on '${base.support}'`,
      advice: "Give a density of numbers, such as Normal or Exponential."
    })
  if (positionsOf(base) === base.shape.length) return
  throw new ShapeMismatch({
    site: undefined,
    where,
    expected: base.shape.slice(0, positionsOf(base)),
    actual: base.shape,
    advice: "Give a density of numbers, each of which has a cdf."
  })
}

const mustHaveQuantiles = (where: string, base: Dist): void => {
  const { logCdf, icdfOfLogs } = formsOf(base)
  if (logCdf !== undefined && icdfOfLogs !== undefined) return
  throw new InvalidOption({
    option: `${where}.base`,
    value: `the distribution ${base.family}`,
    expected: "a distribution with cdf and icdf, such as Normal(0, 1)"
  })
}
