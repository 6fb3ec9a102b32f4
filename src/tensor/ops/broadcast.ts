import type * as tf from "@tensorflow/tfjs"
import { dual } from "effect/Function"
import { ShapeMismatch } from "../../Errors.ts"
import type { Refused, Shape, ShowShape, Tensor } from "../Tensor.ts"
import { type Lifted, type Operand, realIn, resultOf, type ShapeIn, type TensorOf, tensorIn } from "./Operand.ts"

/**
 * An elementwise operation on two operands: `op(a, b)`, or `pipe(a, op(b))`. The shapes must be equal, or one operand is a number, or one shape is
 * the last part of the other, as [3] is of [2, 3]. A dimension of 1 is repeated, as in [2, 1] with [2, 3]. Only the operand of fewer dimensions gets
 * new dimensions, so a column [3, 1] with a vector [3] is an error and not a matrix.
 */
export interface Binary {
  <A extends Operand, B extends Operand>(a: A, b: B & Broadcasts<A, B>): Joined<A, B>
  <B extends Operand>(b: B): <A extends Operand>(a: A & Broadcasts<A, B>) => Joined<A, B>
}

/** An elementwise function of three operands with compatible shapes. */
export type OfThree = <A extends Operand, B extends Operand, X extends Operand>(
  a: A,
  b: B & Broadcasts<A, B>,
  x: X & Broadcasts<Joined<A, B>, X>
) => Joined<Joined<A, B>, X>

/** The result type of an elementwise operation on two operands. */
export type Joined<A, B> = A extends number ? Lifted<B> : B extends number ? Lifted<A> : TensorOf<JoinedShape<A, B>>
type JoinedShape<A, B> = Broadcast<ShapeIn<A>, ShapeIn<B>>

/** `unknown` for two operands with compatible shapes; otherwise the problem in words. */
export type Broadcasts<A, B> = B extends Tensor
  ? A extends Tensor
    ? [JoinedShape<A, B>] extends [never]
      ? Refused<`shapes ${Show<A>} and ${Show<B>} differ: give equal shapes, or one with which the other ends`>
      : unknown
    : unknown
  : unknown

/** An operand's shape in words, for the compiler to print. */
export type Show<A> = ShowShape<Extract<ShapeIn<A>, Shape>>

/** The broadcast shape of two shapes; `never` if they are not compatible. */
type Broadcast<S, T> = S extends Shape ? (T extends Shape ? OfShapes<S, T> : T) : S
type OfShapes<S extends Shape, T extends Shape> = T extends readonly []
  ? S
  : S extends readonly []
    ? T
    : number extends S["length"] | T["length"]
      ? Shape
      : S["length"] extends T["length"]
        ? EqualRanks<S, T>
        : IsLonger<S, T> extends true
          ? Repeated<T, S>
          : Repeated<S, T>

type EqualRanks<S extends Shape, T extends Shape, Out extends Shape = readonly []> = S extends readonly [
  infer M extends number,
  ...infer S0 extends Shape
]
  ? T extends readonly [infer N extends number, ...infer T0 extends Shape]
    ? EqualRanks<S0, T0, readonly [...Out, Either<M, N>]>
    : never
  : HasNever<Out>

/** The shorter shape repeated to the longer one, from the end. */
type Repeated<Short extends Shape, Long extends Shape, Out extends Shape = readonly []> = Short extends readonly [
  ...infer S0 extends Shape,
  infer M extends number
]
  ? Long extends readonly [...infer L0 extends Shape, infer N extends number]
    ? Repeated<S0, L0, readonly [Onto<M, N>, ...Out]>
    : never
  : HasNever<readonly [...Long, ...Out]>

type IsLonger<S extends Shape, T extends Shape> = S extends readonly [number, ...infer S0 extends Shape]
  ? T extends readonly [number, ...infer T0 extends Shape]
    ? IsLonger<S0, T0>
    : true
  : false

/** The common length of two dimensions, either of which may be repeated. */
type Either<M extends number, N extends number> = N extends 1 ? M : Onto<M, N>
/** The common length of two dimensions, of which only the first may be repeated. */
type Onto<M extends number, N extends number> = number extends M
  ? N
  : number extends N
    ? M extends 1
      ? number
      : M
    : M extends N | 1
      ? N
      : never
type HasNever<S extends Shape> = true extends { [K in keyof S]: [S[K]] extends [never] ? true : false }[number]
  ? never
  : S

/** An elementwise operation that first checks that the shapes of its operands are compatible. */
export const binary = (
  name: string,
  f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  operand: (where: string, x: unknown) => tf.Tensor = tensorIn
): Binary =>
  dual(2, (a: unknown, b: unknown) => {
    const [x, y] = [operand(name, a), operand(name, b)]
    mustGoTogether(name, x.shape, y.shape)
    return resultOf(f(x, y))
  })

export const realBinary = (name: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Binary =>
  binary(name, f, realIn)

/**
 * The broadcast shape of two shapes.
 *
 * @throws ShapeMismatch for shapes that {@link Broadcasts} refuses
 */
export const mustGoTogether = (where: string, a: Shape, b: Shape): Shape => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const lead = long.length - short.length
  if (!short.every((n, i) => n === 1 || n === long[i + lead] || (lead === 0 && long[i] === 1)))
    throw new ShapeMismatch({
      site: undefined,
      where,
      expected: a,
      actual: b,
      advice: "Give equal shapes, or one with which the other ends, such as [3] with [2, 3]."
    })
  return long.map((n, i) => (n === 1 ? (short[i - lead] ?? 1) : n))
}
