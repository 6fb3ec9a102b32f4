import * as tf from "@tensorflow/tfjs"
import { type Binary, binary, realBinary } from "./broadcast.ts"

/**
 * a + b, elementwise.
 *
 * @throws ShapeMismatch for incompatible shapes, such as [3] and [4]
 * @example
 * ```ts
 * add(stack([1, 2]), stack([10, 20])) // => [11, 22]
 * pipe(stack([1, 2]), add(10)) // => [11, 12]
 * ```
 */
export const add: Binary = binary("add", tf.add)

/**
 * a − b, elementwise; `pipe(a, sub(b))` is a − b too.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * sub(1, stack([1, 2])) // => [0, -1]
 * pipe(stack([1, 2]), sub(1)) // => [0, 1]
 * ```
 */
export const sub: Binary = binary("sub", tf.sub)

/**
 * a · b, elementwise. See `matmul` for the product of matrices and `dot` for that of vectors.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * mul(stack([1, 2]), 3) // => [3, 6]
 * ```
 */
export const mul: Binary = binary("mul", tf.mul)

/**
 * a / b, elementwise; the quotient of whole numbers is not rounded; `pipe(a, div(b))` is a / b too.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * div(1, stack([2, 4])) // => [0.5, 0.25]
 * ```
 */
export const div: Binary = realBinary("div", tf.div)

/**
 * aᵇ, elementwise. The gradient by the exponent is 0 if the base is not above 0.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * pow(stack([2, 3]), 2) // => [4, 9]
 * ```
 */
export const pow: Binary = realBinary("pow", tf.pow)

/**
 * The larger of two, elementwise. The gradient goes to the larger one, and to `a` if they are equal.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * maximum(stack([-1, 2]), 0) // => [0, 2]
 * ```
 */
export const maximum: Binary = binary("maximum", tf.maximum)

/**
 * The smaller of two, elementwise. The gradient goes to the smaller one, and to `a` if they are equal.
 *
 * @throws ShapeMismatch for incompatible shapes
 * @example
 * ```ts
 * minimum(stack([-1, 2]), 0) // => [-1, 0]
 * ```
 */
export const minimum: Binary = binary("minimum", tf.minimum)
