import * as tf from "@tensorflow/tfjs"
import { asColumn } from "../../tensor/linear/matrices.ts"
import { digammaStep, lbeta } from "../../tensor/special/beta.ts"
import { lgamma } from "../../tensor/special/gamma.ts"

/**
 * The distributions of the rows i = 2, …, n of an LKJ factor. The part of row i left of the diagonal is a vector w in the ball of m = i − 1
 * dimensions with density ∝ (1 − |w|²)^(a − 1), where a = concentration + (n − i)/2, and |w|² ~ Beta(m/2, a).
 */
interface Rows {
  /** a, [..., n − 1] */
  readonly a: tf.Tensor
  /** m/2, [n − 1] */
  readonly half: tf.Tensor
}

export const rowsOf = (n: number, concentration: tf.Tensor | number): Rows => {
  const eta = typeof concentration === "number" || concentration.rank === 0 ? concentration : asColumn(concentration)
  const places = Array.from({ length: n - 1 }, (_, i) => i + 1)
  return {
    a: tf.add(
      eta,
      Float32Array.from(places, (m) => (n - 1 - m) / 2)
    ),
    half: tf.tensor1d(Float32Array.from(places, (m) => m / 2))
  }
}

/** the logarithm of the normalising constant of the density: Σ log(π^(m/2) Γ(a)/Γ(a + m/2)). */
export const logConstant = ({ a, half }: Rows): tf.Tensor =>
  tf.sum(tf.add(lbeta(a, half), tf.sub(tf.mul(half, Math.log(Math.PI)), lgamma(half))), -1)

/** E[log Lᵢᵢ²] = E[log(1 − |w|²)] = ψ(a) − ψ(a + m/2) for each row. */
export const logSquares = ({ a, half }: Rows): tf.Tensor => tf.neg(digammaStep(a, half))
