import * as tf from "@tensorflow/tfjs"
import { Key } from "../random.ts"
import { logaddexp } from "../special/logs.ts"
import type { Shape } from "../Tensor.ts"
import { logStandardGamma } from "./gamma.ts"

type Value = tf.Tensor | number

/**
 * Numbers with density x^(a−1) (1 − x)^(b−1)/B(a, b) on (0, 1), with gradients by a and b along the path of their two gamma numbers. Small a or b
 * give numbers that float32 would round to 0 or 1; these become the nearest number inside.
 *
 * @param a, b > 0: numbers, or tensors that broadcast to the shape
 * @param shape the shape of the draw
 */
export const standardBeta = (key: Key, a: Value, b: Value, shape: Shape): tf.Tensor =>
  tf.clipByValue(tf.exp(logStandardBeta(key, a, b, shape)), leastNormal, belowOne)

/** log x of such a number, exact also if x is too small for float32. */
export const logStandardBeta = (key: Key, a: Value, b: Value, shape: Shape): tf.Tensor =>
  tf.neg(logaddexp(0, tf.neg(logitStandardBeta(key, a, b, shape))))

/** log(x/(1 − x)) of such a number, exact for x near 0 and near 1: log g₁ − log g₂ of gamma numbers with concentrations a and b. */
export const logitStandardBeta = (key: Key, a: Value, b: Value, shape: Shape): tf.Tensor =>
  tf.sub(logStandardGamma(Key.fork(key, "a"), a, shape), logStandardGamma(Key.fork(key, "b"), b, shape))

const leastNormal = 1.1754944e-38
const belowOne = 1 - 2 ** -24
