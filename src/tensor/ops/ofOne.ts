import * as tf from "@tensorflow/tfjs"
import { type Lifted, type Operand, realIn, resultOf, tensorIn } from "./Operand.ts"

/** A function of each number: `f(x)`, or `pipe(x, f)`. The result has the shape of x. */
export type Unary = <A extends Operand>(x: A) => Lifted<A>

const same =
  (name: string, f: (x: tf.Tensor) => tf.Tensor): Unary =>
  (x) =>
    resultOf(f(tensorIn(name, x)))

const real =
  (name: string, f: (x: tf.Tensor) => tf.Tensor): Unary =>
  (x) =>
    resultOf(f(realIn(name, x)))

/**
 * −x.
 *
 * @example
 * ```ts
 * neg(stack([1, -2])) // => [-1, 2]
 * ```
 */
export const neg: Unary = same("neg", tf.neg)

/**
 * |x|. Its gradient at 0 is −1, 1 or 0, depending on the backend; for a plan it is a kink.
 *
 * @example
 * ```ts
 * abs(stack([1, -2])) // => [1, 2]
 * ```
 */
export const abs: Unary = same("abs", tf.abs)

/**
 * −1, 0 or 1, the sign of x. It jumps at 0, and its gradient is 0.
 *
 * @example
 * ```ts
 * sign(stack([3, 0, -2])) // => [1, 0, -1]
 * ```
 */
export const sign: Unary = same("sign", tf.sign)

/**
 * x².
 *
 * @example
 * ```ts
 * square(stack([1, -2])) // => [1, 4]
 * ```
 */
export const square: Unary = same("square", tf.square)

/**
 * max(x, 0). Its gradient at 0 is 0.
 *
 * @example
 * ```ts
 * relu(stack([1, -2])) // => [1, 0]
 * ```
 */
export const relu: Unary = same("relu", tf.relu)

/**
 * The largest whole number that is not above x. It jumps, and its gradient is 0.
 *
 * @example
 * ```ts
 * floor(stack([1.5, -1.5])) // => [1, -2]
 * ```
 */
export const floor: Unary = real("floor", tf.floor)

/**
 * √x, for x ≥ 0; its gradient is infinite at 0.
 *
 * @example
 * ```ts
 * sqrt(stack([4, 9])) // => [2, 3]
 * ```
 */
export const sqrt: Unary = real("sqrt", tf.sqrt)

/**
 * eˣ.
 *
 * @example
 * ```ts
 * exp(stack([0, 1])) // => [1, 2.7182818]
 * ```
 */
export const exp: Unary = real("exp", tf.exp)

/**
 * eˣ − 1, exact for small x.
 *
 * @example
 * ```ts
 * expm1(1e-8) // => 1e-8
 * ```
 */
export const expm1: Unary = real("expm1", tf.expm1)

/**
 * The natural logarithm, for x > 0; −∞ at 0 and NaN below.
 *
 * @example
 * ```ts
 * log(stack([1, 2])) // => [0, 0.6931472]
 * ```
 */
export const log: Unary = real("log", tf.log)

/**
 * log(1 + x), exact for small x.
 *
 * @example
 * ```ts
 * log1p(1e-8) // => 1e-8
 * ```
 */
export const log1p: Unary = real("log1p", tf.log1p)

/**
 * The logistic function 1/(1 + e⁻ˣ).
 *
 * @example
 * ```ts
 * sigmoid(0) // => 0.5
 * ```
 */
export const sigmoid: Unary = real("sigmoid", tf.sigmoid)

/**
 * log(1 + eˣ): a smooth map from the real numbers to those above 0.
 *
 * @example
 * ```ts
 * softplus(0) // => 0.6931472
 * ```
 */
export const softplus: Unary = real("softplus", tf.softplus)

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * tanh(1) // => 0.7615942
 * ```
 */
export const tanh: Unary = real("tanh", tf.tanh)

/**
 * The sine of x, in radians.
 *
 * @example
 * ```ts
 * sin(1) // => 0.8414710
 * ```
 */
export const sin: Unary = real("sin", tf.sin)

/**
 * The cosine of x, in radians.
 *
 * @example
 * ```ts
 * cos(1) // => 0.5403023
 * ```
 */
export const cos: Unary = real("cos", tf.cos)
