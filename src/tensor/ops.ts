import * as tf from "@tensorflow/tfjs"
import { type Shape, type Tensor, typed } from "./Tensor.ts"

/**
 * The inner product of two vectors.
 *
 * @example
 * ```ts
 * dot(Tensor.of([2], tf.tensor([1, 2])), Tensor.of([2], tf.tensor([3, 4]))) // => 11
 * ```
 */
export const dot = <N extends number>(a: Tensor<readonly [N]>, b: Tensor<readonly [N]>): Tensor<readonly []> =>
  typed(tf.sum(tf.mul(a, b)))

/** The logistic function of each number. */
export const sigmoid = <S extends Shape>(x: Tensor<S>): Tensor<S> => typed(tf.sigmoid(x))

/**
 * Cuts a vector into consecutive pieces of the given sizes.
 *
 * @example
 * ```ts
 * const [head, tail] = split(Tensor.of([3], tf.tensor([1, 2, 3])), [1, 2])
 * tail // => [2, 3]
 * ```
 */
export const split = <const N extends ReadonlyArray<number>>(
  x: Tensor<readonly [number]>,
  sizes: N
): { readonly [K in keyof N]: Tensor<readonly [N[K]]> } =>
  tf.split(x, [...sizes]) as unknown as { readonly [K in keyof N]: Tensor<readonly [N[K]]> }
