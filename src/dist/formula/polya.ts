import * as tf from "@tensorflow/tfjs"
import type { Doubled } from "../../tensor/special/doubled.ts"
import { isLargest, polyaCell } from "../../tensor/special/polyaCell.ts"
import { productsLess } from "../../tensor/special/productLess.ts"
import { stirling } from "../../tensor/special/stirling.ts"
import { floor } from "./inside.ts"

type Value = tf.Tensor | number

/** The expected value of a, less a, in a table of a and x with the sums A and n whose rows are independent of its columns. */
export const lessThanExpected = (x: tf.Tensor, n: Value, a: Value, { value, rest }: Doubled): tf.Tensor =>
  tf.div(productsLess(x, value, tf.neg(a), n, tf.neg(tf.mul(x, rest))), tf.add(value, n))

/**
 * The log mass of a Pólya urn, for whole x ≥ 0 that add up to n along the last axis and for a of the sum `value`. It is the Dirichlet-multinomial
 * distribution, and for two labels the beta-binomial one.
 */
export const polyaLogMass = (x: tf.Tensor, n: Value, a: tf.Tensor, value: tf.Tensor, less: tf.Tensor): tf.Tensor => {
  const cells = polyaCell(x, asRows(n), a, tf.expandDims(value, -1), less, isLargest(x))
  const [ofN, ofPrior, ofAll] = [stirling(n), stirling(value), stirling(tf.add(value, n))]
  return tf.add(tf.sum(cells, -1), tf.sub(tf.add(ofN.s, ofPrior.s), ofAll.s))
}

/** One number for each vector, with a new last axis, so that it broadcasts against the numbers of the vector. */
export const asRows = (n: Value): Value => (typeof n === "number" || n.rank === 0 ? n : tf.expandDims(n, -1))

/**
 * The sum of positive numbers along the last axis, as two floats that are not added. Each number is split into a multiple of a common unit and a
 * remainder. The multiples add up exactly, and each remainder is at most 2⁻¹⁴ of the largest number.
 */
export const exactSum = (a: tf.Tensor): Doubled => {
  const unit = tf.mul(1.5 * Math.max(1024, a.shape.at(-1) ?? 1), tf.max(a, -1, true))
  const coarse = tf.sub(tf.add(a, unit), unit)
  const [value, fine] = [tf.sum(coarse, -1), tf.sum(tf.sub(a, coarse), -1)]
  const rounded = tf.maximum(tf.add(value, fine), floor)
  return { value: rounded, rest: tf.sub(fine, tf.sub(rounded, value)) }
}

/** For each number along the last axis the sum of the others. */
export const othersOf = (a: tf.Tensor): tf.Tensor =>
  tf.add(tf.cumsum(a, a.rank - 1, true), tf.cumsum(a, a.rank - 1, true, true))
