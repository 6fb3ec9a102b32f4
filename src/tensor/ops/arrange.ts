import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Shape, showShape, sizeOf, type Tensor } from "../Tensor.ts"
import { type Operand, resultOf, type ShapeIn, type TensorOf, tensorIn } from "./Operand.ts"

/** The same numbers in another shape: `reshape(x, shape)`, or `pipe(x, reshape(shape))`. */
export interface Reshape {
  <const S extends Shape>(x: Operand, shape: S): Tensor<S>
  <const S extends Shape>(shape: S): (x: Operand) => Tensor<S>
}

const reshaped = (given: unknown, shape: Shape): tf.Tensor => {
  const x = tensorIn("reshape", given)
  if (!Array.isArray(shape) || !shape.every((n) => Number.isInteger(n) && n > 0))
    throw new InvalidOption({
      option: "shape of reshape",
      value: JSON.stringify(shape),
      expected: "a shape such as [2, 3]"
    })
  if (sizeOf(shape) !== x.size)
    throw new ShapeMismatch({
      ...{ site: undefined, where: "reshape", expected: shape, actual: x.shape },
      advice: `${showShape(shape)} holds ${sizeOf(shape)} numbers, and there are ${x.size}.`
    })
  return tf.reshape(x, [...shape])
}

/**
 * The same numbers, row by row, in another shape of the same size.
 *
 * @throws ShapeMismatch for a shape of another size (at run time, because the types do not multiply lengths)
 * @example
 * ```ts
 * const A = reshape(stack([1, 2, 3, 4]), [2, 2])
 * at(A, 1) // => [3, 4]
 * ```
 */
export const reshape: Reshape = ((...args: ReadonlyArray<unknown>): unknown =>
  args.length > 1 ? reshaped(args[0], args[1] as Shape) : (x: unknown) => reshaped(x, args[0] as Shape)) as Reshape

/** A shape with its dimensions in reverse order. */
export type Reversed<S> = S extends Shape ? (number extends S["length"] ? Shape : Backwards<S>) : S
type Backwards<S extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer N extends number,
  ...infer Others extends Shape
]
  ? Backwards<Others, readonly [N, ...Out]>
  : Out

/**
 * The tensor with its axes in reverse order: rows of a matrix become columns.
 *
 * @example
 * ```ts
 * const A = stack([stack([1, 2]), stack([3, 4])])
 * at(transpose(A), 0) // => [1, 3]
 * ```
 */
export const transpose = <A extends tf.Tensor>(x: A): TensorOf<Reversed<ShapeIn<A>>> =>
  resultOf(tf.transpose(tensorIn("transpose", x)))
