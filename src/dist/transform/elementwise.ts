import * as tf from "@tensorflow/tfjs"
import { densityInside } from "../../tensor/special/insideOf.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { Support } from "../Support.ts"
import { type Transform, transform } from "./Transform.ts"

type Monotone = "increasing" | "decreasing"

/** A transform that acts on each number separately. */
export type Elementwise<
  D extends Support = Support,
  C extends Support = Support,
  N extends string = string,
  M extends Monotone = Monotone
> = Transform<D, C, N, "same", M>

/** The image of a transform, if it is not all reals. */
export interface Range {
  readonly low: number
  readonly high: number
  /** the bounds count as inside, for numbers that were rounded to them */
  readonly inclusive: boolean
  /** the smallest and the largest number with which the inverse is called */
  readonly between: readonly [number, number]
}

/** Numbers above 0. Some engines round float32 numbers between 0 and 2⁻¹²⁶ to 0. */
export const aboveZero: Range = { low: 0, high: Infinity, inclusive: false, between: [2 ** -126, 3e38] }

export const elementwise = <
  const D extends Support,
  const C extends Support,
  const N extends string,
  const M extends Monotone
>({
  range,
  logSlope,
  inverse,
  ...formulas
}: {
  readonly name: N
  readonly domain: D
  readonly codomain: C
  readonly direction: M
  readonly parameterShape?: Shape
  readonly forward: (x: tf.Tensor) => tf.Tensor
  readonly inverse: (y: tf.Tensor) => tf.Tensor
  /** log|dy/dx| of each number */
  readonly logSlope: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor
  readonly range?: Range
}): Elementwise<D, C, N, M> =>
  transform({
    ...formulas,
    eventRanks: [0, 0],
    shapes: "same",
    inverse,
    logDetJacobian: logSlope,
    inverseAndLogDet: (y) => {
      if (range === undefined) {
        const x = inverse(y)
        return [x, logSlope(x, y)]
      }
      const { low, high, inclusive, between } = range
      const nearest = tf.clipByValue(y, ...between)
      const x = inverse(nearest)
      return [x, tf.neg(densityInside(tf.neg(logSlope(x, nearest)), y, low, high, { inclusive, finite: true }))]
    }
  })
