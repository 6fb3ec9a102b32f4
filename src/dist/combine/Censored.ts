import * as tf from "@tensorflow/tfjs"
import type { Alike, Param } from "../../tensor/Tensor.ts"
import { type Dist, fromFamily } from "../Dist.ts"
import { densityBetween } from "../formula/bounds.ts"
import { rangeOf } from "../Support.ts"
import { between } from "./between.ts"
import { drawOf, type Invertible } from "./copies.ts"
import type { Bound, InvertibleDensity, ShapeWith } from "./Truncated.ts"

type Value = tf.Tensor | number

/**
 * A distribution of numbers in which a number beyond a bound is observed as that bound: log p(x) = log p_base(x) between the bounds, log F(low) at
 * the lower bound and log(1 − F(high)) at the upper one. Both use the base's `logCdf` and `logSurvival`, so they are exact for a bound far out in a
 * tail.
 *
 * This is a density together with two masses, so it is for observed values: as a guide it has no correct gradient. For the same reason the bounds
 * must be data, such as each observation's own time of censoring; they must not be learned.
 *
 * @param base a density with `cdf` and `icdf`
 * @param low, high the bounds: numbers, or tensors of the base's shape (of any shape, if the base is of one number). They may be infinite: such a bound
 *   cuts nothing off. Rows with infinite numbers are made by `Data.of(bounds, [], "extendedReal")`
 * @throws SupportViolation when the bounds are numbers and no part of the base's support lies between them; ShapeMismatch when a bound has another
 *   shape
 * @example
 * ```ts
 * const lifetime = Censored(Exponential(1), 0, 3)
 * lifetime.logProb(tf.scalar(3)) // => -3
 * lifetime.logProb(tf.scalar(2)) // => -2
 * const times = Tensor.of([2], tf.tensor([3, 2]))
 * Censored(Exponential(1), 0, times).logProb(tf.tensor([1, 2])) // => -1 - 2
 * ```
 */
export function Censored<const D extends InvertibleDensity, const A extends Param, const B extends Param>(
  base: D,
  low: A & Bound<D, A>,
  high: B & Bound<D, B> & Alike<A, B>
): Dist<ShapeWith<D, A, B>, "interval", never, `Censored(${D["family"]})`>
export function Censored(base: Invertible, from: Param, to: Param): Dist {
  const part = between("Censored", base, from, to)
  const { whole, low, high } = part
  const { low: first, high: last } = rangeOf(base.support)
  /** the part of E[f] that comes from the masses at the bounds; a bound without a mass contributes nothing */
  const atBounds = (f: (bound: Value) => Value): tf.Tensor =>
    [
      { log: part.logBelow(), end: low() },
      { log: part.logAbove(), end: high() }
    ].reduce<tf.Tensor>(
      (sum, { log, end }) => (typeof log === "number" ? sum : tf.add(sum, tf.mul(tf.exp(log), f(end)))),
      tf.scalar(0)
    )
  const mean = (): tf.Tensor =>
    tf.add(
      atBounds((bound) => bound),
      tf.mul(
        tf.exp(part.logInside()),
        part.expect((x) => x)
      )
    )
  return fromFamily({
    family: `Censored(${base.family})`,
    shape: whole.shape,
    support: "interval",
    gradients: [],
    constraints: { ...base.constraints, low: "extendedReal", high: "extendedReal" },
    parameters: () => ({ ...base.parameters(), low: from, high: to }),
    remark: "a density between its bounds and masses at them",
    logDensity: (x) => {
      const density = whole.logDensity(part.clip(x))
      const atLow = tf.logicalAnd(tf.lessEqual(x, low()), tf.greater(low(), first))
      const atHigh = tf.logicalAnd(tf.greaterEqual(x, high()), tf.less(high(), last))
      const both = massAt(atHigh, part.logAbove(), massAt(atLow, part.logBelow(), density))
      return densityBetween(both, x, low(), high())
    },
    draw: (key, size) => part.clip(drawOf(whole, key, size)),
    mean,
    variance: () => {
      const center = mean()
      const square = (x: Value): tf.Tensor => tf.square(tf.sub(x, center))
      return tf.add(atBounds(square), tf.mul(tf.exp(part.logInside()), part.expect(square)))
    }
  })
}

/** The logarithm of the mass at a bound; a bound that is also the support's has no mass. */
const massAt = (met: tf.Tensor, log: Value, otherwise: tf.Tensor): tf.Tensor =>
  typeof log === "number" ? otherwise : tf.where(met, log, otherwise)
