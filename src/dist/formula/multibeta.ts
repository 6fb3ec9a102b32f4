import * as tf from "@tensorflow/tfjs"
import { lbeta } from "../../tensor/special/beta.ts"

/** log B(α) = Σ log Γ(αᵢ) − log Γ(Σ αᵢ) of vectors α [..., n], n ≥ 2, as Σₖ log B(αₖ, α₁ + … + αₖ₋₁), in which nothing cancels. */
export const logMultibeta = (alpha: tf.Tensor): tf.Tensor => {
  const lead = alpha.shape.slice(0, -1)
  const zeros = lead.map(() => 0)
  const rest = (alpha.shape.at(-1) ?? 1) - 1
  const sums = tf.slice(tf.cumsum(alpha, alpha.rank - 1), [...zeros, 0], [...lead, rest])
  return tf.sum(lbeta(tf.slice(alpha, [...zeros, 1], [...lead, rest]), sums), -1)
}
