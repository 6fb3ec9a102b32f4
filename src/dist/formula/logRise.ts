import * as tf from "@tensorflow/tfjs"
import { log1mexp } from "../../tensor/special/logs.ts"
import { splitAt } from "../../tensor/special/splitAt.ts"
import { least } from "./inside.ts"

/** log(1 − exp(−eʸ)), which is y where eʸ is below 1e-13. */
export const logRise = (y: tf.Tensor): tf.Tensor =>
  splitAt(y, { low: -30 }, { below: y, inside: log1mexp(tf.exp(tf.clipByValue(y, -30, 85))) })

/** −eʸ; −∞, with gradient 0, if it overflows float32. */
export const minusExp = (y: tf.Tensor): tf.Tensor =>
  splitAt(y, { high: 88.7 }, { inside: tf.neg(tf.exp(tf.minimum(y, 88.7))), above: Number.NEGATIVE_INFINITY })

/** log(1 − e⁻ˣ) for x ≥ 0; −∞ at 0, with gradient 0 there, as numbers outside of a support need it. */
export const logRiseFrom0 = (x: tf.Tensor): tf.Tensor =>
  splitAt(x, { low: 0 }, { below: Number.NEGATIVE_INFINITY, inside: log1mexp(tf.maximum(x, least)) })
