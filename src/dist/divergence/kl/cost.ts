import * as tf from "@tensorflow/tfjs"
import { logQuotient } from "../../../tensor/special/logQuotient.ts"

type Value = tf.Tensor | number

/** log(a/b), 0 where they are the same. */
export const logRatio = (a: Value, b: Value): tf.Tensor => logQuotient(a, b)

/** r − 1 − log r from log r: what a ratio of scales or rates costs, 0 at r = 1. */
export const cost = (log: tf.Tensor): tf.Tensor => tf.sub(tf.expm1(log), log)
