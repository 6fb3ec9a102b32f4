import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { type CostedTerm, conditional, expectedLog, type TermsObjective } from "./Objective.ts"

/**
 * The ELBO in which each latent site's KL, averaged over the rows of a step, costs nothing below a number of nats: E_q[log p(x | z)] − Σ max(λ, KL(q ‖ p)) (Kingma et al.
 * 2016, equation 11), so that units are not given up early. It is no bound on log p(x) where a KL is below λ; the ELBO itself is reported beside it. A KL is that of the draws of
 * a step where it has no closed form; for sites without a path the gradient is then right where the KL is clearly above or below λ, and approximate in between.
 *
 * @param nats λ, for each latent site and row
 * @throws InvalidOption for a λ below 0
 * @example
 * ```ts
 * const options = { objective: Objective.freeBits(2) }
 * ```
 */
export const freeBits = (nats: number): TermsObjective => {
  if (!(Number.isFinite(nats) && nats >= 0))
    throw new InvalidOption({ option: "nats", value: String(nats), expected: "a number from 0" })
  return {
    name: `ELBO with ${nats} free nats a site`,
    needs: "terms",
    formula: ({ latents, observed, given }) =>
      `${expectedLog({ observed, latents })}− Σ max( ${nats}, KL( ${conditional("q", latents, given)} ‖ ${conditional("p", latents, [])} ) )`,
    noBound: `the KL of each site costs at least ${nats} nats a row`,
    reweighs: true,
    weighsByDraws: true,
    costs: (terms) => terms.map((term) => (term.kind === "kl" ? atLeast(nats, term) : term.value))
  }
}

/**
 * The cost of a KL whose mean is above λ, and λ where it is not. Which of the two counts is a constant of the step: so each particle and row keeps a cost of its own, which the
 * estimators of draws without a path need, and the mean is max(λ, mean).
 */
const atLeast = (nats: number, { value, mean }: CostedTerm): tf.Tensor => {
  const counts = tf.cast(tf.greater(mean(), nats), "float32")
  return tf.add(tf.mul(counts, value), tf.mul(tf.sub(1, counts), nats))
}
