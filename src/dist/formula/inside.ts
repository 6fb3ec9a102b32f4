import * as tf from "@tensorflow/tfjs"

/** The least number above 0 that float32 holds in full precision. */
export const least = 2 ** -126
/** The least number above 0 of float32. A floor of it changes no sum of positive numbers, and tells the ranges of a graph that the sum is above 0. */
export const floor = 2 ** -149
/** The largest finite number of float32. */
export const greatest = 3.4028234663852886e38

/**
 * eˡ for a draw of a positive number, kept within the range of float32 numbers of full precision. A draw that rounds to 0 or ∞ would have no log
 * density. No gradient flows through a draw that was cut off.
 */
export const positiveFromLog = (log: tf.Tensor): tf.Tensor => tf.exp(tf.clipByValue(log, -87, 88))

/** The logarithms of shares of a whole, at least that of the smallest float32 number of full precision: see `positiveFromLog`. */
export const logsInside = (logs: tf.Tensor): tf.Tensor => tf.clipByValue(logs, -87, 0)

/** 1/(1 + e⁻ˡ) for a draw strictly between 0 and 1: at least the smallest float32 number of full precision, at most the largest below 1. */
export const fractionFromLogit = (logit: tf.Tensor): tf.Tensor => insideUnit(tf.sigmoid(logit))

/** A number of [0, 1]; 0 and 1 are moved to the next number inside. */
export const insideUnit = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, least, 1 - 2 ** -24)

/** 1 for x ≥ `least`, and x/least below: the factor whose logarithm is log x − log(max(x, least)). */
export const ofLeast = (x: tf.Tensor): tf.Tensor => tf.minimum(tf.mul(tf.abs(x), 2 ** 126), 1)

/** A number of [0, ∞]; 0 and ∞ are moved to the next number inside. */
export const insidePositive = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, least, greatest)
