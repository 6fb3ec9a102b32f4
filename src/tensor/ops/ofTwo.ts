import * as tf from "@tensorflow/tfjs"
import { type Binary, binary, realBinary } from "./broadcast.ts"

/**
 * a + b, number by number.
 *
 * @throws ShapeMismatch for shapes that do not go together, such as [3] and [4]
 * @example
 * ```ts
 * add(stack([1, 2]), stack([10, 20])) // => [11, 22]
 * pipe(stack([1, 2]), add(10)) // => [11, 12]
 * ```
 */
export const add: Binary = binary("add", tf.add)

/**
 * a − b, number by number; `pipe(a, sub(b))` is a − b too.
 *
 * @throws ShapeMismatch for shapes that do not go together
 * @example
 * ```ts
 * sub(1, stack([1, 2])) // => [0, -1]
 * pipe(stack([1, 2]), sub(1)) // => [0, 1]
 * ```
 */
export const sub: Binary = binary("sub", tf.sub)

/**
 * a · b, number by number. See `matmul` for the product of matrices and `dot` for that of vectors.
 *
 * @throws ShapeMismatch for shapes that do not go together
 * @example
 * ```ts
 * mul(stack([1, 2]), 3) // => [3, 6]
 * ```
 */
export const mul: Binary = binary("mul", tf.mul)

/**
 * a / b, number by number, of whole numbers too; `pipe(a, div(b))` is a / b too.
 *
 * @throws ShapeMismatch for shapes that do not go together
 * @example
 * ```ts
 * div(1, stack([2, 4])) // => [0.5, 0.25]
 * ```
 */
export const div: Binary = realBinary("div", tf.div)

/**
 * aᵇ, number by number. The gradient by the exponent is 0 where the base is not above 0.
 *
 * @throws ShapeMismatch for shapes that do not go together
 * @example
 * ```ts
 * pow(stack([2, 3]), 2) // => [4, 9]
 * ```
 */
export const pow: Binary = realBinary("pow", tf.pow)

/**
 * The larger of two, number by number. The gradient goes to the one that is taken, and to `a` where they are equal.
 *
 * @throws ShapeMismatch for shapes that do not go together
 * @example
 * ```ts
 * maximum(stack([-1, 2]), 0) // => [0, 2]
 * ```
 */
export const maximum: Binary = binary("maximum", tf.maximum)

/**
 * The smaller of two, number by number. The gradient goes to the one that is taken, and to `a` where they are equal.
 *
 * @throws ShapeMismatch for shapes that do not go together
 * @example
 * ```ts
 * minimum(stack([-1, 2]), 0) // => [-1, 0]
 * ```
 */
export const minimum: Binary = binary("minimum", tf.minimum)
