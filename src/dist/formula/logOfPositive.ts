import * as tf from "@tensorflow/tfjs"
import { least } from "./inside.ts"

/**
 * log x for x > 0. For other numbers it is a finite one with gradient 0, so that a mask can make a log density −∞ there without a NaN
 * in it or in its gradient.
 */
export const logOfPositive = (x: tf.Tensor): tf.Tensor => tf.log(tf.maximum(x, least))
