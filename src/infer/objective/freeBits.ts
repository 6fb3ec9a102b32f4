import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { meanOver, sumOver } from "../../trace/axes.ts"
import { particleAxis } from "../joint/names.ts"
import { conditional, type TermsObjective } from "./Objective.ts"

/**
 * The ELBO in which each latent site's KL, averaged over the rows of a step, costs nothing below a number of nats: E_q[log p(x | z)] − Σ max(λ, KL(q ‖ p)) (Kingma et al.
 * 2016, equation 11), so that units are not given up early. It is no bound on log p(x) where a KL is below λ; the ELBO itself is reported beside it.
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
      `E_q[ log ${conditional("p", observed, latents)} ] − Σ max( ${nats}, KL( ${conditional("q", latents, given)} ‖ ${conditional("p", latents, [])} ) )`,
    noBound: `the KL of each site costs at least ${nats} nats a row`,
    reweighs: true,
    costs: (terms) =>
      terms.map(({ kind, value, axes }) => (kind === "kl" ? tf.maximum(nats, averaged(value, axes)) : value))
  }
}

/** The mean over particles and the rows of a step. */
const averaged = (value: tf.Tensor, axes: ReadonlyArray<string>): tf.Tensor =>
  axes.reduceRight((x, axis) => tf.div(sumOver(x, axis), sumOver(tf.scalar(1), axis)), meanOver(value, particleAxis))
