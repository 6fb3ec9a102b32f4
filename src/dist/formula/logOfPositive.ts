import * as tf from "@tensorflow/tfjs"
import { least } from "./inside.ts"

/**
 * log x for x > 0. For other x the result is finite and has gradient 0, so that a mask can make a log density −∞ there without a NaN, neither in the
 * value nor in the gradient.
 */
export const logOfPositive = (x: tf.Tensor): tf.Tensor => tf.log(tf.maximum(x, least))
