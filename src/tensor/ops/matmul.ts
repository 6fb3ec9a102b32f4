import * as tf from "@tensorflow/tfjs"
import { dual } from "effect/Function"
import { ShapeMismatch } from "../../Errors.ts"
import type { Refused, Shape, Tensor } from "../Tensor.ts"
import type { Show } from "./broadcast.ts"
import { realIn, resultOf, type ShapeIn, type TensorOf } from "./Operand.ts"

/** The inner product of two vectors: `dot(a, b)`, or `pipe(a, dot(b))`. */
export interface Dot {
  <A extends tf.Tensor, B extends tf.Tensor>(a: A, b: B & TwoVectors<A, B>): Tensor<readonly []>
  <B extends tf.Tensor>(b: B): <A extends tf.Tensor>(a: A & TwoVectors<A, B>) => Tensor<readonly []>
}

type TwoVectors<A, B> = [Inner<ShapeIn<A>, ShapeIn<B>>] extends [never]
  ? Refused<`dot takes two vectors of one length, not ${Show<A>} and ${Show<B>}`>
  : unknown
type Inner<S, T> = S extends Shape
  ? T extends Shape
    ? number extends S["length"] | T["length"]
      ? true
      : [S, T] extends [readonly [infer M extends number], readonly [infer N extends number]]
        ? Meet<M, N>
        : never
    : true
  : true

/** `true` for two sizes that are equal, or of which one is not known. */
type Meet<M extends number, N extends number> = number extends M | N ? true : M extends N ? true : never

/**
 * The inner product of two vectors of one length.
 *
 * @throws ShapeMismatch for anything but two vectors of one length
 * @example
 * ```ts
 * dot(stack([1, 2]), stack([3, 4])) // => 11
 * pipe(stack([1, 2]), dot(stack([3, 4]))) // => 11
 * ```
 */
export const dot: Dot = dual(2, (first: unknown, second: unknown) => {
  const [a, b] = [realIn("dot", first), realIn("dot", second)]
  if (a.rank !== 1 || b.rank !== 1 || a.size !== b.size)
    throw unlike("dot", a.shape, b.shape, "Give two vectors of one length.")
  return resultOf(tf.sum(tf.mul(a, b)))
})

/** The product of vectors and matrices: `matmul(a, b)`, or `pipe(a, matmul(b))`. */
export interface Matmul {
  <A extends tf.Tensor, B extends tf.Tensor>(a: A, b: B & Multiplies<A, B>): Product<A, B>
  <B extends tf.Tensor>(b: B): <A extends tf.Tensor>(a: A & Multiplies<A, B>) => Product<A, B>
}

/** The result type of a product of vectors and matrices. */
export type Product<A, B> = TensorOf<ProductShape<ShapeIn<A>, ShapeIn<B>>>

type Multiplies<A, B> = [ProductShape<ShapeIn<A>, ShapeIn<B>>] extends [never]
  ? Refused<`matmul takes [m, k] or [k] times [k, n] or [k], not ${Show<A>} times ${Show<B>}`>
  : unknown

type ProductShape<S, T> = S extends Shape
  ? T extends Shape
    ? number extends S["length"] | T["length"]
      ? Shape
      : S extends readonly [...infer M extends Rest, infer K extends number]
        ? T extends readonly [infer L extends number, ...infer N extends Rest]
          ? [Meet<K, L>] extends [never]
            ? never
            : readonly [...M, ...N]
          : never
        : never
    : T
  : S
type Rest = readonly [] | readonly [number]

/**
 * The product of matrices and vectors: [m, k]·[k, n] is [m, n], [m, k]·[k] is [m], [k]·[k, n] is [n], and [k]·[k] a scalar.
 *
 * @throws ShapeMismatch when the inner sizes differ, or for anything but vectors and matrices
 * @example
 * ```ts
 * const A = stack([stack([1, 2]), stack([3, 4])])
 * matmul(A, stack([1, 1])) // => [3, 7]
 * matmul(stack([1, 1]), A) // => [4, 6]
 * ```
 */
export const matmul: Matmul = dual(2, (first: unknown, second: unknown) => {
  const [a, b] = [realIn("matmul", first), realIn("matmul", second)]
  const [inner, other] = [a.shape.at(-1), b.shape[0]]
  const ranks = [a.rank, b.rank].every((rank) => rank === 1 || rank === 2)
  if (!ranks || inner !== other || inner === undefined)
    throw unlike("matmul", a.shape, b.shape, "Give [m, k] or [k] times [k, n] or [k], with the same k.")
  if (a.rank === 1 && b.rank === 1) return resultOf(tf.sum(tf.mul(a, b)))
  const rows: tf.Tensor2D = tf.reshape(a, [-1, inner])
  const columns: tf.Tensor2D = tf.reshape(b, [inner, -1])
  return resultOf(tf.reshape(tf.matMul(rows, columns), [...a.shape.slice(0, -1), ...b.shape.slice(1)]))
})

const unlike = (where: string, expected: Shape, actual: Shape, advice: string): ShapeMismatch =>
  new ShapeMismatch({ site: undefined, where, expected, actual, advice })
