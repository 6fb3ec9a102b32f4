import * as tf from "@tensorflow/tfjs"

/** c₀ + c₁x + c₂x² + …, by Horner's rule. */
export const polynomial = (x: tf.Tensor, coefficients: ReadonlyArray<number>): tf.Tensor =>
  coefficients
    .slice(0, -1)
    .reduceRight<tf.Tensor | number>((sum, c) => tf.add(tf.mul(x, sum), c), coefficients.at(-1) ?? 0) as tf.Tensor

/** One polynomial over another. */
export interface Rational {
  readonly p: ReadonlyArray<number>
  readonly q: ReadonlyArray<number>
}

/** The value of a fit from `scripts/fixtures/special-coefficients.py`. */
export const rational = (x: tf.Tensor, { p, q }: Rational): tf.Tensor => tf.div(polynomial(x, p), polynomial(x, q))

/** A list of numbers as the trailing axis of a table. */
export const column = (x: tf.Tensor): tf.Tensor => tf.expandDims(x, -1)
