import * as tf from "@tensorflow/tfjs"
import { type Binary, type Broadcasts, binary, type Joined, mustGoTogether } from "./broadcast.ts"
import { type Lifted, type Operand, resultOf, tensorIn } from "./Operand.ts"

/*
 * Results are tensors of booleans, for `where`, masks and raw tfjs; in arithmetic they count as 0 and 1. They jump, so that no path gradient goes
 * through them.
 */

const isTrue = (x: tf.Tensor): tf.Tensor => (x.dtype === "bool" ? x : tf.notEqual(x, 0))

/**
 * True where a > b.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(greater(stack([1, 2]), 1), 0) // => [0, 1]
 * ```
 */
export const greater: Binary = binary("greater", tf.greater)

/**
 * True where a ≥ b.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(greaterEqual(stack([1, 2]), 1), 0) // => [1, 1]
 * ```
 */
export const greaterEqual: Binary = binary("greaterEqual", tf.greaterEqual)

/**
 * True where a < b.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(less(stack([1, 2]), 2), 0) // => [1, 0]
 * ```
 */
export const less: Binary = binary("less", tf.less)

/**
 * True where a ≤ b.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(lessEqual(stack([1, 2]), 1), 0) // => [1, 0]
 * ```
 */
export const lessEqual: Binary = binary("lessEqual", tf.lessEqual)

/**
 * True where a = b.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(equal(stack([1, 2]), 1), 0) // => [1, 0]
 * ```
 */
export const equal: Binary = binary("equal", tf.equal)

/**
 * True where a ≠ b.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(notEqual(stack([1, 2]), 1), 0) // => [0, 1]
 * ```
 */
export const notEqual: Binary = binary("notEqual", tf.notEqual)

/**
 * True where both are not 0.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(logicalAnd(greater(stack([1, 2]), 1), 1), 0) // => [0, 1]
 * ```
 */
export const logicalAnd: Binary = binary("logicalAnd", (a, b) => tf.logicalAnd(isTrue(a), isTrue(b)))

/**
 * True where at least one of the two is not 0.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * add(logicalOr(greater(stack([1, 2]), 1), 0), 0) // => [0, 1]
 * ```
 */
export const logicalOr: Binary = binary("logicalOr", (a, b) => tf.logicalOr(isTrue(a), isTrue(b)))

/**
 * True where x is 0, or false.
 *
 * @example
 * ```ts
 * add(logicalNot(greater(stack([1, 2]), 1)), 0) // => [1, 0]
 * ```
 */
export const logicalNot = <A extends Operand>(x: A): Lifted<A> =>
  resultOf(tf.logicalNot(isTrue(tensorIn("logicalNot", x))))

/**
 * Selects from `yes` where the condition is true (not 0), and from `no` elsewhere. Both are computed, and a NaN in the gradient of the one that is
 * not selected makes the whole gradient NaN. So keep the arguments of both inside of their domains, as in `where(greater(x, 0), log(maximum(x,
 * 1e-30)), 0)`.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * where(greater(stack([1, -2]), 0), 1, stack([5, 6])) // => [1, 6]
 * ```
 */
export const where = <C extends Operand, A extends Operand, B extends Operand>(
  condition: C,
  yes: A,
  no: B & Broadcasts<A, B> & Broadcasts<C, Joined<A, B>>
): Joined<C, Joined<A, B>> => {
  const [a, b] = [tensorIn("where", yes), tensorIn("where", no)]
  const holds = isTrue(tensorIn("where", condition))
  mustGoTogether("where", holds.shape, mustGoTogether("where", a.shape, b.shape))
  return resultOf(tf.where(holds, a, b))
}
