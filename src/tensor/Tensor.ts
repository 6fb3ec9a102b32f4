import "./quietCpu.ts"
import type * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../Errors.ts"

/** The dimensions of one value, outermost first; `[]` is a scalar. */
export type Shape = ReadonlyArray<number>

/** It exists only for the compiler, which prints this key in its error if a raw tfjs tensor is used in place of a tensor of known shape. */
declare namespace a_shape_from {
  namespace Tensor {
    const of: unique symbol
  }
}

/**
 * A TensorFlow.js tensor whose shape the compiler knows. Every tfjs op accepts it. A raw op returns an untyped `tf.Tensor`; {@link Tensor.of} gives
 * it a type again. The operations of this library keep the shape.
 */
export interface Tensor<S extends Shape = Shape> extends tf.Tensor {
  readonly [a_shape_from.Tensor.of]: Readonly<S>
}

/** A parameter of a distribution: a plain number, or a tensor of known shape. */
export type Param<S extends Shape = Shape> = number | Tensor<S>

/** The common shape of some parameters: that of the first with a shape. Numbers and scalars have none. */
export type ShapeOf<A, B = number, C = number, D = number> =
  A extends Tensor<infer S> ? (S extends readonly [] ? Rest<B, C, D> : Readonly<S>) : Rest<B, C, D>
type Rest<B, C, D> = [B, C, D] extends [number, number, number] ? readonly [] : ShapeOf<B, C, D>

/** An error in words, for the compiler to print. */
export interface Refused<Message extends string> {
  readonly "~error": Message
}

/** `unknown` for a second parameter that matches the first: of the same shape, unless one of them is a number or a scalar. */
export type Alike<A, B> =
  B extends Tensor<infer T>
    ? A extends Tensor<infer S>
      ? S extends readonly [] | T
        ? unknown
        : T extends readonly [] | S
          ? unknown
          : Refused<`parameters of shape ${ShowShape<S>} and ${ShowShape<T>} do not go together`>
      : unknown
    : unknown

/** `unknown` for an even length, which has two halves. */
export type Even<N extends number> = [Half<N>] extends [never]
  ? Refused<`${N} numbers do not fall into two halves: give n locations and n log variances`>
  : unknown

export const Tensor = {
  /**
   * Gives a raw tfjs tensor its type, once its shape has been checked.
   *
   * @throws ShapeMismatch when the tensor has another shape
   * @example
   * ```ts
   * const z = Tensor.of([2], tf.square(tf.tensor([1, 2]))) // Tensor<readonly [2]>
   * z // => [1, 4]
   * ```
   */
  of<const S extends Shape>(shape: S, tensor: tf.Tensor): Tensor<S> {
    if (!sameShape(shape, tensor.shape)) {
      throw new ShapeMismatch({ site: undefined, expected: shape, actual: tensor.shape, where: "Tensor.of" })
    }
    return typed(tensor)
  }
}

/** Gives a type to a tensor whose shape the caller has ensured. This is the only place where a shape is asserted without a check. */
export const typed = <S extends Shape>(tensor: tf.Tensor): Tensor<S> => tensor as Tensor<S>

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i])

export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)

/** A shape in words, for the compiler to print: `[28, 28]`. */
export type ShowShape<S extends Shape> = number extends S["length"] ? "[…]" : `[${Commas<S>}]`
type Commas<S extends Shape> = S extends readonly [infer N extends number, ...infer Rest extends Shape]
  ? Rest extends readonly []
    ? `${N}`
    : `${N}, ${Commas<Rest>}`
  : ""

export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`

/** Half of an even literal number, digit by digit as in division on paper; `never` for an odd one, `number` for `number`. */
export type Half<N extends number> = number extends N
  ? number
  : `${N}` extends `${infer Digits}`
    ? ToNumber<Divide<Digits, "", "0">>
    : never

type Divide<
  Digits extends string,
  Quotient extends string,
  Carry extends "0" | "1"
> = Digits extends `${infer D}${infer Rest}`
  ? D extends keyof HalfDigit
    ? Divide<Rest, `${Quotient}${HalfDigit[D][Carry][0]}`, HalfDigit[D][Carry][1]>
    : never
  : Carry extends "0"
    ? Quotient
    : never

/** For each digit and the carry into it: the digit of the quotient, and the next carry. */
interface HalfDigit {
  "0": { "0": ["0", "0"]; "1": ["5", "0"] }
  "1": { "0": ["0", "1"]; "1": ["5", "1"] }
  "2": { "0": ["1", "0"]; "1": ["6", "0"] }
  "3": { "0": ["1", "1"]; "1": ["6", "1"] }
  "4": { "0": ["2", "0"]; "1": ["7", "0"] }
  "5": { "0": ["2", "1"]; "1": ["7", "1"] }
  "6": { "0": ["3", "0"]; "1": ["8", "0"] }
  "7": { "0": ["3", "1"]; "1": ["8", "1"] }
  "8": { "0": ["4", "0"]; "1": ["9", "0"] }
  "9": { "0": ["4", "1"]; "1": ["9", "1"] }
}

export type ToNumber<Digits extends string> = Digits extends `0${infer Rest}`
  ? Rest extends ""
    ? 0
    : ToNumber<Rest>
  : Digits extends `${infer N extends number}`
    ? N
    : never
