import * as tf from "@tensorflow/tfjs"
import { insideOf } from "../../tensor/special/insideOf.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { Support } from "../Support.ts"
import { type Transform, transform } from "./Transform.ts"

type Monotone = "increasing" | "decreasing"

/** A transform of each number for itself. */
export type Elementwise<
  D extends Support = Support,
  C extends Support = Support,
  N extends string = string,
  M extends Monotone = Monotone
> = Transform<D, C, N, "same", M>

/** The numbers that come out, where these are not all. */
export interface Range {
  readonly low: number
  readonly high: number
  /** the ends count as inside, for numbers that were rounded to them */
  readonly inclusive: boolean
  /** the smallest and the largest number that the inverse is asked for */
  readonly between: readonly [number, number]
}

/** Numbers above 0. Float32 has none between 0 and 2⁻¹²⁶ that every engine keeps. */
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
      return [x, tf.sub(logSlope(x, nearest), insideOf(y, low, high, { inclusive }))]
    }
  })
