import * as tf from "@tensorflow/tfjs"
import { logQuotient } from "../../../tensor/special/logQuotient.ts"

type Value = tf.Tensor | number

/** log(a/b), exactly 0 for equal numbers. */
export const logRatio = (a: Value, b: Value): tf.Tensor => logQuotient(a, b)

/** r − 1 − log r from log r: the contribution of a ratio r of scales or rates to a divergence, 0 at r = 1. */
export const cost = (log: tf.Tensor): tf.Tensor => tf.sub(tf.expm1(log), log)
