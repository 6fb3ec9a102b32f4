import * as tf from "@tensorflow/tfjs"

/** The least number above 0 that float32 holds in full precision, and the largest finite one. */
export const least = 2 ** -126
export const greatest = 3.4028234663852886e38

/**
 * eˡ for a draw of a positive number, kept within what float32 holds in full precision: a draw that would round to 0 or ∞ has no log
 * density. No gradient flows through one that was cut off.
 */
export const positiveFromLog = (log: tf.Tensor): tf.Tensor => tf.exp(tf.clipByValue(log, -87, 88))

/** The logarithms of shares of a whole, kept from that of the least number that float32 holds in full precision: see `positiveFromLog`. */
export const logsInside = (logs: tf.Tensor): tf.Tensor => tf.clipByValue(logs, -87, 0)

/** 1/(1 + e⁻ˡ) for a draw strictly between 0 and 1: between the least number in full precision and the last one below 1. */
export const fractionFromLogit = (logit: tf.Tensor): tf.Tensor => insideUnit(tf.sigmoid(logit))

/** A number of [0, 1], those at the ends moved to the next one inside. */
export const insideUnit = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, least, 1 - 2 ** -24)

/** 1 from the least number on, and its share of that below: what log(max(x, least)) leaves of log x. */
export const ofLeast = (x: tf.Tensor): tf.Tensor => tf.minimum(tf.mul(tf.abs(x), 2 ** 126), 1)

/** A number of [0, ∞], those at the ends moved to the next one inside. */
export const insidePositive = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, least, greatest)
