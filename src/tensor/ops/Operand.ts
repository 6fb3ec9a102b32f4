import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { type Shape, showShape, type Tensor, typed } from "../Tensor.ts"

/** An argument of an operation: a number, a tensor of known shape, or a raw tfjs tensor; with a raw tensor the result is raw, too. */
export type Operand = number | tf.Tensor

/** The shape of an operand; that of a raw tensor is not known. */
export type ShapeIn<A> = A extends number ? readonly [] : A extends Tensor<infer S> ? Readonly<S> : "raw"

/** A tensor of that shape. */
export type TensorOf<S> = S extends Shape ? Tensor<S> : tf.Tensor

/** A tensor of the operand's own shape. */
export type Lifted<A> = A extends number ? Tensor<readonly []> : A extends Tensor<infer S> ? Tensor<S> : tf.Tensor

/** Gives a result the shape of its type; operations check the shapes of their operands before they compute. */
export const resultOf = <R extends tf.Tensor>(x: tf.Tensor): R => typed(x) as tf.Tensor as R

/** A value that is no operand may say by this how its numbers are read. */
export const howToRead = Symbol("how its numbers are read")

/** What a value says of itself, if it does. */
export const wayToRead = (x: unknown): string | undefined =>
  typeof x === "object" && x !== null && howToRead in x ? String(x[howToRead]) : undefined

/**
 * An operand as a tensor; booleans become 0 and 1, so that they can be used in arithmetic.
 *
 * @throws InvalidOption for anything but a number or a tensor of numbers
 */
export const tensorIn = (where: string, x: unknown): tf.Tensor => {
  if (typeof x === "number") return tf.scalar(x)
  if (x instanceof tf.Tensor && x.dtype !== "string" && x.dtype !== "complex64")
    return x.dtype === "bool" ? tf.cast(x, "float32") : x
  const how = wayToRead(x)
  const expected = `numbers, or tensors of numbers${how === undefined ? "" : `: ${how}`}`
  throw new InvalidOption({ option: where, value: inWords(x), expected })
}

/** The same in float32: tfjs rounds functions of whole numbers to whole numbers. */
export const realIn = (where: string, x: unknown): tf.Tensor => {
  const tensor = tensorIn(where, x)
  return tensor.dtype === "float32" ? tensor : tf.cast(tensor, "float32")
}

/** A value as text for a message. */
export const inWords = (x: unknown): string => {
  if (x instanceof tf.Tensor) return `a tensor of ${x.dtype} and of shape ${showShape(x.shape)}`
  if (Array.isArray(x)) return "an array"
  if (typeof x === "function") return "a function"
  if (wayToRead(x) !== undefined) return "a value with holes"
  if (typeof x === "object" && x !== null) return "an object"
  return typeof x === "string" ? `'${x}'` : String(x)
}
