import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Refused, type Shape, type ShowShape, sameShape, type Tensor } from "../Tensor.ts"
import type { Show } from "./broadcast.ts"
import type { Difference, Total } from "./lengths.ts"
import { inWords, type Operand, resultOf, type ShapeIn, type TensorOf, tensorIn } from "./Operand.ts"

type Operands = ReadonlyArray<Operand>

type AllAlike<T extends Operands> = { readonly [K in keyof T]: SameAs<T[K], T[0]> }
type SameAs<A, B> = "raw" extends ShapeIn<A> | ShapeIn<B>
  ? unknown
  : [ShapeIn<A>] extends [ShapeIn<B>]
    ? [ShapeIn<B>] extends [ShapeIn<A>]
      ? unknown
      : Refused<`stack takes values of one shape, not ${Show<A>} beside ${Show<B>}`>
    : Refused<`stack takes values of one shape, not ${Show<A>} beside ${Show<B>}`>
type Stacked<T extends Operands> =
  "raw" extends ShapeIn<T[number]>
    ? tf.Tensor
    : ShapeIn<T[0]> extends infer S extends Shape
      ? Tensor<readonly [T["length"], ...S]>
      : never

/**
 * Values of one shape, one after the other along a new first axis: `stack([1, 2, 3])` is a vector, and so is a stack of scalars.
 *
 * @throws ShapeMismatch for values of different shapes; InvalidOption for an empty list
 * @example
 * ```ts
 * const x = stack([1, 2]) // Tensor<readonly [2]>
 * stack([sum(x), 5]) // => [3, 5]
 * ```
 */
export const stack = <const T extends Operands>(values: T & AllAlike<T>): Stacked<T> => {
  const list = listIn("stack", values)
  if (list.every((x) => typeof x === "number")) return resultOf(tf.tensor1d([...list])) as Stacked<T>
  const tensors = list.map((x) => tensorIn("stack", x))
  const [first] = tensors
  const other = tensors.find((x) => !sameShape(x.shape, first?.shape ?? []))
  if (other !== undefined)
    throw new ShapeMismatch({ site: undefined, where: "stack", expected: first?.shape ?? [], actual: other.shape })
  return resultOf(tf.stack(tensors)) as Stacked<T>
}

type ConcatShape<T extends ReadonlyArray<tf.Tensor>> =
  "raw" extends ShapeIn<T[number]>
    ? "raw"
    : ShapeIn<T[0]> extends readonly [number, ...infer S extends Shape]
      ? readonly [Total<Firsts<T>>, ...S]
      : Shape
type Firsts<T extends ReadonlyArray<tf.Tensor>> = {
  readonly [K in keyof T]: ShapeIn<T[K]> extends readonly [infer N extends number, ...Shape] ? N : number
}
type AllEndAlike<T extends ReadonlyArray<tf.Tensor>> = { readonly [K in keyof T]: EndsAs<ShapeIn<T[K]>, ShapeIn<T[0]>> }
type EndsAs<S, T> = S extends Shape
  ? T extends Shape
    ? number extends S["length"] | T["length"]
      ? unknown
      : [S, T] extends [readonly [number, ...infer SEnd], readonly [number, ...infer TEnd]]
        ? [SEnd, TEnd] extends [TEnd, SEnd]
          ? unknown
          : Unlike<S, T>
        : Unlike<S, T>
    : unknown
  : unknown
type Unlike<
  S extends Shape,
  T extends Shape
> = Refused<`concat takes tensors that differ in their first dimension alone, not ${ShowShape<S>} beside ${ShowShape<T>}`>

/**
 * Joins tensors along their first axis; the other dimensions must be equal.
 *
 * @throws ShapeMismatch for tensors that differ in more than their first dimension; InvalidOption for an empty list
 * @example
 * ```ts
 * concat([stack([1, 2]), stack([3])]) // => [1, 2, 3]
 * ```
 */
export const concat = <const T extends ReadonlyArray<tf.Tensor>>(
  values: T & AllEndAlike<T>
): TensorOf<ConcatShape<T>> => {
  const tensors = listIn("concat", values).map((x) => tensorIn("concat", x))
  const [first] = tensors
  const other = tensors.find(
    ({ shape }) => shape.length === 0 || !sameShape(shape.slice(1), first?.shape.slice(1) ?? [])
  )
  if (other !== undefined)
    throw new ShapeMismatch({
      ...{ site: undefined, where: "concat", expected: first?.shape ?? [], actual: other.shape },
      advice: "Give tensors that differ in their first dimension alone; stack makes a vector of scalars."
    })
  return resultOf(tf.concat(tensors))
}

const listIn = (where: string, values: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(values) && values.length > 0) return values
  throw new InvalidOption({
    option: where,
    value: Array.isArray(values) ? "an empty list" : inWords(values),
    expected: "a list of at least one value"
  })
}

/**
 * Cuts a vector into consecutive pieces of the given sizes.
 *
 * @throws ShapeMismatch when the sizes do not add up to the vector's length
 * @example
 * ```ts
 * const [head, tail] = split(stack([1, 2, 3]), [1, 2])
 * tail // => [2, 3]
 * ```
 */
export const split = <const N extends ReadonlyArray<number>>(
  x: Tensor<readonly [number]>,
  sizes: N
): { readonly [K in keyof N]: Tensor<readonly [N[K]]> } => {
  const total = sizes.reduce((sum, n) => sum + n, 0)
  if (x.rank !== 1 || x.size !== total || !sizes.every((n) => Number.isInteger(n) && n >= 0))
    throw new ShapeMismatch({
      ...{ site: undefined, where: "split", expected: [total], actual: x.shape },
      advice: `The sizes [${sizes.join(", ")}] must add up to the length of a vector.`
    })
  return tf.split(x, [...sizes]) as unknown as { readonly [K in keyof N]: Tensor<readonly [N[K]]> }
}

/** The type of the positions `start` up to, but without, `end` of the first axis. */
export type Sliced<A, Start extends number, End extends number | undefined> = TensorOf<
  SlicedShape<ShapeIn<A>, Start, End>
>
type SlicedShape<S, Start extends number, End extends number | undefined> = S extends Shape
  ? number extends S["length"]
    ? Shape
    : S extends readonly [infer N extends number, ...infer Others extends Shape]
      ? Cut<N, Start, End extends number ? End : N> extends infer M extends number
        ? [M] extends [0]
          ? never
          : readonly [M, ...Others]
        : never
      : never
  : S
type Cut<N extends number, Start extends number, End extends number> = [Difference<End, N>] extends [never]
  ? never
  : Difference<Start, End>
type CanSlice<A, Start extends number, End extends number | undefined> = [SlicedShape<ShapeIn<A>, Start, End>] extends [
  never
]
  ? Refused<`no positions from ${Start} to ${End extends number ? End : "the end"} in shape ${Show<A>}`>
  : unknown

/** Positions `start`, …, `end` − 1 of the first axis: `slice(x, start, end)`, or `pipe(x, slice(start, end))`; if `end` is left out, to the last one. */
export interface Slice {
  <A extends tf.Tensor, const Start extends number, const End extends number | undefined = undefined>(
    x: A & CanSlice<A, Start, End>,
    start: Start,
    end?: End
  ): Sliced<A, Start, End>
  <const Start extends number, const End extends number | undefined = undefined>(
    start: Start,
    end?: End
  ): <A extends tf.Tensor>(x: A & CanSlice<A, Start, End>) => Sliced<A, Start, End>
}

const sliced = (given: unknown, start: unknown, end: unknown): tf.Tensor => {
  const x = tensorIn("slice", given)
  const [n = 0, ...others] = x.shape
  const [from, to] = [start, end ?? n]
  if (x.rank === 0)
    throw new ShapeMismatch({
      site: undefined,
      where: "slice",
      expected: [2],
      actual: [],
      advice: "A scalar has no axes."
    })
  if (!isPosition(from, n) || !isPosition(to, n) || from >= to)
    throw new InvalidOption({
      option: "slice",
      value: `from ${String(from)} to ${String(to)}`,
      expected: `whole numbers 0 ≤ start < end ≤ ${n}`
    })
  return tf.slice(x, [from, ...others.map(() => 0)], [to - from, ...others])
}

const isPosition = (x: unknown, n: number): x is number =>
  typeof x === "number" && Number.isInteger(x) && x >= 0 && x <= n

/**
 * The positions `start` up to, but without, `end` of the first axis, counted from 0.
 *
 * @throws InvalidOption for positions that do not exist; ShapeMismatch for a scalar
 * @example
 * ```ts
 * slice(stack([1, 2, 3, 4]), 1, 3) // => [2, 3]
 * pipe(stack([1, 2, 3, 4]), slice(1)) // => [2, 3, 4]
 * ```
 */
export const slice: Slice = ((...args: ReadonlyArray<unknown>): unknown => {
  const [first, second, third] = args
  return typeof first === "number" ? (x: unknown) => sliced(x, first, second) : sliced(first, second, third)
}) as Slice
