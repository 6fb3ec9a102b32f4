import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch, SupportViolation } from "../../Errors.ts"
import type { Dist } from "../Dist.ts"
import { kindOf, type Support } from "../Support.ts"
import { type Invertible, invertibleCopies, leadOf, positionsOf } from "./copies.ts"

/** What two numbers, either of which may be infinite, cut out of a distribution. */
export interface Between {
  readonly low: number
  readonly high: number
  /** the probabilities below `low`, above `high`, and between them */
  readonly below: () => tf.Tensor | number
  readonly above: () => tf.Tensor | number
  readonly inside: () => tf.Tensor | number
  /** the numbers nearest to those of x that lie between */
  readonly clip: (x: tf.Tensor) => tf.Tensor
  /** the cdf of what lies between, and its inverse */
  readonly cdf: (x: tf.Tensor) => tf.Tensor
  readonly quantile: (u: tf.Tensor) => tf.Tensor
  /** E[f(x)] of what lies between */
  readonly expect: (f: (x: tf.Tensor) => tf.Tensor) => tf.Tensor
}

/** Where the numbers of a support end; those of the others have no ends that are known here. */
const ends: Readonly<Partial<Record<Support, readonly [number, number]>>> = {
  positive: [0, Infinity],
  nonNegative: [0, Infinity],
  unitInterval: [0, 1]
}

/** @throws SupportViolation when nothing lies between; ShapeMismatch when the distribution is not one of numbers */
export const between = (where: string, base: Invertible, from: number, to: number): Between => {
  mustBeDensityOfNumbers(where, base)
  const [first, last] = ends[base.support] ?? [-Infinity, Infinity]
  const [low, high] = [Math.max(from, first), Math.min(to, last)]
  if (!(low < high)) throw nothingBetween(where, base, from, to)
  const at = (x: number): tf.Tensor => base.cdf(tf.fill([...base.shape], x))
  const below = (): tf.Tensor | number => (low === first ? 0 : at(low))
  const upTo = (): tf.Tensor | number => (high === last ? 1 : at(high))
  const inside = (): tf.Tensor | number => (low === first && high === last ? 1 : tf.sub(upTo(), below()))
  const clip = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, Math.max(low, -largest), Math.min(high, largest))
  const copied = (x: tf.Tensor): Invertible => invertibleCopies(base, leadOf(base, x.shape))
  const quantile = (u: tf.Tensor): tf.Tensor => {
    const p = tf.add(below(), tf.mul(u, inside()))
    return clip(copied(u).icdf(tf.clipByValue(p, smallest, almostOne)))
  }
  return {
    low,
    high,
    below,
    above: () => (high === last ? 0 : tf.sub(1, upTo())),
    inside,
    clip,
    cdf: (x) => tf.div(tf.sub(copied(x).cdf(clip(x)), below()), inside()),
    quantile,
    expect: (f) => {
      const column = [points.length, ...base.shape.map(() => 1)]
      const u = tf.add(tf.reshape(tf.tensor1d([...points]), column), tf.zeros([points.length, ...base.shape]))
      const mean = tf.sum(tf.mul(f(quantile(u)), tf.reshape(tf.tensor1d([...weights]), column)), 0)
      return bounded(low, high) ? mean : tf.add(mean, tf.mul(0, base.mean()))
    }
  }
}

/** An unbounded part has moments when the whole has: a NaN or an infinity of the base stays one. */
const bounded = (low: number, high: number): boolean => Number.isFinite(low) && Number.isFinite(high)

/** The largest number of float32, the smallest normal one, and the largest below 1. */
const [largest, smallest, almostOne] = [3.4028234663852886e38, 2 ** -126, 1 - 2 ** -24]

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

const nothingBetween = (where: string, base: Dist, low: number, high: number): SupportViolation =>
  new SupportViolation({
    site: where,
    support: base.support,
    actual: `nothing of it lies between ${low} and ${high}`,
    advice: "Give a lower end, then a higher one."
  })
