import * as tf from "@tensorflow/tfjs"
import { dual } from "effect/Function"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import type { Refused, Shape } from "../Tensor.ts"
import { inWords, type Operand, resultOf, type ShapeIn, type TensorOf, tensorIn } from "./Operand.ts"

/** Entries of a tensor along its first axis: `at(x, i)`, or `pipe(x, at(i))`. */
export interface At {
  <A extends tf.Tensor, I extends Operand>(x: A & HasEntries<A>, i: I): Picked<A, I>
  <I extends Operand>(i: I): <A extends tf.Tensor>(x: A & HasEntries<A>) => Picked<A, I>
}

/** The type of the entries at an index: one entry for each number of the index. */
export type Picked<A, I> = TensorOf<PickedShape<ShapeIn<A>, ShapeIn<I>>>
type PickedShape<S, I> = S extends Shape
  ? I extends Shape
    ? number extends S["length"] | I["length"]
      ? Shape
      : S extends readonly [number, ...infer Others extends Shape]
        ? readonly [...I, ...Others]
        : never
    : I
  : S
type HasEntries<A> = ShapeIn<A> extends readonly [] ? Refused<"a scalar has no entries"> : unknown

/**
 * The entry of x at position i of its first axis. i is a number, counted from 0 or backwards from −1, or a tensor of whole numbers from 0, such as
 * the index of a group in a row of data. A tensor of several numbers gives one entry for each. The index may be computed: for example, a draw of a
 * `Categorical` can select a component. (The result jumps in the index, so no path gradient goes through it.)
 *
 * Positions in data are checked before a fit. In a fit, a computed position that does not exist gives NaN, which ends it; in the body of a `scan`, and outside of fits, it gives a wrong
 * entry or an error of the engine. A computed number is cut to a whole one.
 *
 * @throws InvalidOption for a number outside of the axis; ShapeMismatch for a scalar x
 * @example
 * ```ts
 * const groups = stack([10, 20, 30])
 * at(groups, 1) // => 20
 * pipe(groups, at(-1)) // => 30
 * at(groups, stack([2, 0])) // => [30, 10]
 * ```
 */
export const at: At = dual(2, (given: unknown, i: unknown) => {
  const x = tensorIn("at", given)
  const [n = 0, ...others] = x.shape
  if (x.rank === 0)
    throw new ShapeMismatch({
      site: undefined,
      where: "at",
      expected: [2],
      actual: [],
      advice: "A scalar has no entries."
    })
  if (typeof i !== "number") return resultOf(tf.gather(x, indicesIn(i)))
  if (!Number.isInteger(i) || i < -n || i >= n)
    throw new InvalidOption({ option: "at", value: String(i), expected: `a whole number from ${-n} to ${n - 1}` })
  const begin = i < 0 ? i + n : i
  const entry = tf.slice(x, [begin, ...others.map(() => 0)], [1, ...others])
  return resultOf(tf.reshape(entry, others))
})

const indicesIn = (i: unknown): tf.Tensor1D => {
  if (!(i instanceof tf.Tensor))
    throw new InvalidOption({ option: "at", value: inWords(i), expected: "a number, or a tensor of whole numbers" })
  return tf.cast(i, "int32")
}
