import * as tf from "@tensorflow/tfjs"
import { insideOf } from "../../tensor/special/insideOf.ts"
import { type Dist, fromFamily } from "../Dist.ts"
import { between } from "./between.ts"
import { drawOf, type Invertible } from "./copies.ts"
import type { InvertibleDensity } from "./Truncated.ts"

/**
 * A distribution of numbers of which those beyond an end are seen as the end: log p(x) = log p_base(x) between the ends,
 * log F(low) at the lower and log(1 − F(high)) at the upper one.
 *
 * That is a density and two masses together, so it is for observed values: as a guide it has no gradient that would be right.
 * The mass at the upper end is 1 − F(high) in float32, exact to 6e-8.
 *
 * @param base a density with `cdf` and `icdf`
 * @param low, high the ends, numbers that may be infinite
 * @throws SupportViolation when nothing of the base's support lies between the ends
 * @example
 * ```ts
 * const lifetime = Censored(Exponential(1), 0, 3)
 * lifetime.logProb(tf.scalar(3)) // => -3
 * lifetime.logProb(tf.scalar(2)) // => -2
 * ```
 */
export function Censored<const D extends InvertibleDensity>(
  base: D,
  low: number,
  high: number
): Dist<D["shape"], "interval", never, `Censored(${D["family"]})`>
export function Censored(base: Invertible, low: number, high: number): Dist {
  const part = between("Censored", base, low, high)
  /** E[f] of the masses at the ends; an end without a mass has none */
  const atEnds = (f: (end: number) => tf.Tensor | number): tf.Tensor =>
    [
      [part.below(), part.low],
      [part.above(), part.high]
    ].reduce<tf.Tensor>(
      (sum, [mass = 0, end]) => (mass === 0 ? sum : tf.add(sum, tf.mul(mass, f(Number(end))))),
      tf.scalar(0)
    )
  const mean = (): tf.Tensor =>
    tf.add(
      atEnds((end) => end),
      tf.mul(
        part.inside(),
        part.expect((x) => x)
      )
    )
  return fromFamily({
    family: `Censored(${base.family})`,
    shape: base.shape,
    support: "interval",
    gradients: [],
    constraints: base.constraints,
    parameters: base.parameters,
    remark: "a density between its ends and masses at them",
    logDensity: (x) => {
      const between = base.logDensity(part.clip(x))
      const atLow = part.below()
      const atHigh = part.above()
      const lower = atLow === 0 ? between : tf.where(tf.lessEqual(x, part.low), logOf(atLow, between), between)
      const both = atHigh === 0 ? lower : tf.where(tf.greaterEqual(x, part.high), logOf(atHigh, between), lower)
      return tf.add(both, insideOf(x, part.low, part.high))
    },
    draw: (key, size) => part.clip(drawOf(base, key, size)),
    mean,
    variance: () => {
      const center = mean()
      const square = (x: tf.Tensor | number): tf.Tensor => tf.square(tf.sub(x, center))
      return tf.add(atEnds(square), tf.mul(part.inside(), part.expect(square)))
    }
  })
}

/** The logarithm of a mass in the shape of a density. */
const logOf = (mass: tf.Tensor | number, like: tf.Tensor): tf.Tensor => tf.add(tf.log(mass), tf.zerosLike(like))
