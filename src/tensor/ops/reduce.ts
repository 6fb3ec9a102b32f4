import * as tf from "@tensorflow/tfjs"
import { logSumExp as logSumExpOver } from "../special/logSumExp.ts"
import type { Tensor } from "../Tensor.ts"
import { axisIn, type HasAxis, type Without } from "./dimension.ts"
import { type Lifted, realIn, resultOf, type ShapeIn, type TensorOf, tensorIn } from "./Operand.ts"

/** A reduction: `f(x)` over all numbers, `f(x, axis)` along one axis, and `pipe(x, f)` or `pipe(x, f(axis))`. A negative axis counts from the end. */
export interface Reduction {
  <A extends tf.Tensor, const I extends number>(
    x: A,
    axis: I & HasAxis<ShapeIn<A>, I>
  ): TensorOf<Without<ShapeIn<A>, I>>
  <const I extends number>(
    axis: I
  ): <A extends tf.Tensor>(x: A & HasAxis<ShapeIn<A>, I>) => TensorOf<Without<ShapeIn<A>, I>>
  (x: tf.Tensor): Tensor<readonly []>
}

type Reduce = (x: tf.Tensor, axes: Array<number>) => tf.Tensor

const reduction = (name: string, f: Reduce, operand = tensorIn): Reduction => {
  const along = (given: unknown, axis: unknown): tf.Tensor => {
    const x = operand(name, given)
    return f(x, [axisIn(name, x.rank, axis)])
  }
  const over = (...args: ReadonlyArray<unknown>): unknown => {
    const [given, axis] = args
    if (args.length > 1) return along(given, axis)
    if (typeof given === "number") return (x: unknown) => along(x, given)
    const x = operand(name, given)
    return f(
      x,
      x.shape.map((_, i) => i)
    )
  }
  return over as Reduction
}

/**
 * The sum of all numbers, or along an axis.
 *
 * @throws InvalidOption for an axis that does not exist
 * @example
 * ```ts
 * sum(stack([1, 2, 3])) // => 6
 * sum(stack([stack([1, 2]), stack([3, 4])]), 0) // => [4, 6]
 * pipe(stack([stack([1, 2]), stack([3, 4])]), sum(-1)) // => [3, 7]
 * ```
 */
export const sum: Reduction = reduction("sum", tf.sum)

/**
 * The mean of all numbers, or along an axis.
 *
 * @throws InvalidOption for an axis that does not exist
 * @example
 * ```ts
 * mean(stack([1, 2, 6])) // => 3
 * ```
 */
export const mean: Reduction = reduction("mean", tf.mean, realIn)

/**
 * The largest of all numbers, or along an axis. Those that are equal share the gradient.
 *
 * @throws InvalidOption for an axis that does not exist
 * @example
 * ```ts
 * max(stack([1, 6, 2])) // => 6
 * ```
 */
export const max: Reduction = reduction("max", tf.max)

/**
 * The smallest of all numbers, or along an axis. Those that are equal share the gradient.
 *
 * @throws InvalidOption for an axis that does not exist
 * @example
 * ```ts
 * min(stack([3, 1, 2])) // => 1
 * ```
 */
export const min: Reduction = reduction("min", tf.min)

/**
 * The product of all numbers, or along an axis.
 *
 * @throws InvalidOption for an axis that does not exist
 * @example
 * ```ts
 * prod(stack([2, 3, 4])) // => 24
 * ```
 */
export const prod: Reduction = reduction("prod", tf.prod)

/**
 * log Σ exp(x) of all numbers, or along an axis. If all x are −∞, it is −∞ with gradient 0.
 *
 * @throws InvalidOption for an axis that does not exist
 * @example
 * ```ts
 * logSumExp(stack([20, 20])) // => 20.6931472
 * ```
 */
export const logSumExp: Reduction = reduction("logSumExp", logSumExpOver, realIn)

/**
 * exp(x)/Σ exp(x) along the last axis: numbers above 0 that add up to 1.
 *
 * @throws InvalidOption for a scalar
 * @example
 * ```ts
 * softmax(stack([0, 0])) // => [0.5, 0.5]
 * ```
 */
export const softmax = <A extends tf.Tensor>(x: A & HasAxis<ShapeIn<A>, -1>): Lifted<A> => {
  const numbers = realIn("softmax", x)
  axisIn("softmax", numbers.rank, -1)
  return resultOf(tf.softmax(numbers))
}

/**
 * log softmax(x) along the last axis, exact also if softmax itself rounds to 0 in float32.
 *
 * @throws InvalidOption for a scalar
 * @example
 * ```ts
 * logSoftmax(stack([0, 200])) // => [-200, 0]
 * ```
 */
export const logSoftmax = <A extends tf.Tensor>(x: A & HasAxis<ShapeIn<A>, -1>): Lifted<A> => {
  const numbers = realIn("logSoftmax", x)
  axisIn("logSoftmax", numbers.rank, -1)
  const shifted = tf.sub(numbers, tf.max(numbers, -1, true))
  return resultOf(tf.sub(shifted, logSumExpOver(shifted, -1, true)))
}

/** x₀, x₀ + x₁, x₀ + x₁ + x₂, … along an axis: `cumsum(x)` along the first, `cumsum(x, axis)`, `pipe(x, cumsum(axis))`. */
export interface Cumulative {
  <A extends tf.Tensor, const I extends number>(x: A, axis: I & HasAxis<ShapeIn<A>, I>): Lifted<A>
  <const I extends number>(axis: I): <A extends tf.Tensor>(x: A & HasAxis<ShapeIn<A>, I>) => Lifted<A>
  <A extends tf.Tensor>(x: A & HasAxis<ShapeIn<A>, 0>): Lifted<A>
}

/**
 * For each number the sum of it and all numbers before it, along an axis; by default the first axis.
 *
 * @throws InvalidOption for an axis that does not exist
 * @example
 * ```ts
 * cumsum(stack([1, 2, 3])) // => [1, 3, 6]
 * ```
 */
export const cumsum: Cumulative = ((...args: ReadonlyArray<unknown>): unknown => {
  const along = (given: unknown, axis: unknown): tf.Tensor => {
    const x = tensorIn("cumsum", given)
    return tf.cumsum(x, axisIn("cumsum", x.rank, axis))
  }
  const [given, axis] = args
  if (args.length > 1) return along(given, axis)
  return typeof given === "number" ? (x: unknown) => along(x, given) : along(given, 0)
}) as Cumulative
