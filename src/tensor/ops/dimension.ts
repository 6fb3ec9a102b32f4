import { InvalidOption } from "../../Errors.ts"
import type { Refused, Shape, ShowShape } from "../Tensor.ts"

/** `unknown` for an axis of a shape, counted from 0, or backwards from −1; otherwise the problem in words. */
export type HasAxis<S, I extends number> = S extends Shape
  ? [Without<S, I>] extends [never]
    ? Refused<`axis ${I} does not exist in shape ${ShowShape<S>}`>
    : unknown
  : unknown

/** A shape without one of its dimensions; `never` if it has no such dimension. */
export type Without<S, I extends number> = S extends Shape
  ? number extends I | S["length"]
    ? Shape
    : `${I}` extends `-${infer N extends number}`
      ? FromEnd<S, N>
      : FromStart<S, I>
  : S

type FromStart<S extends Shape, I extends number, Before extends Shape = readonly []> = S extends readonly [
  infer D extends number,
  ...infer After extends Shape
]
  ? Before["length"] extends I
    ? readonly [...Before, ...After]
    : FromStart<After, I, readonly [...Before, D]>
  : never

type FromEnd<S extends Shape, I extends number, After extends Shape = readonly []> = S extends readonly [
  ...infer Before extends Shape,
  infer D extends number
]
  ? [D, ...After]["length"] extends I
    ? readonly [...Before, ...After]
    : FromEnd<Before, I, readonly [D, ...After]>
  : never

/**
 * An axis counted from 0.
 *
 * @throws InvalidOption for anything but the whole number of an axis
 */
export const axisIn = (where: string, rank: number, axis: unknown): number => {
  if (typeof axis === "number" && Number.isInteger(axis) && axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis
  throw new InvalidOption({
    option: `axis of ${where}`,
    value: String(axis),
    expected: rank === 0 ? "none: a scalar has no axes" : `a whole number from ${-rank} to ${rank - 1}`
  })
}
