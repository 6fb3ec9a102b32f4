import { conditional, expectedLog, type TermsObjective } from "./Objective.ts"

/**
 * The negative evidence lower bound, −E_q[log p(x, z) − log q(z)]: a mean over particles of a sum over plates. Jordan et al. 1999;
 * Kingma and Welling 2014, equation 3.
 */
export const elbo: TermsObjective = {
  name: "ELBO",
  needs: "terms",
  formula: ({ latents, observed, given }) =>
    latents.length === 0
      ? `log ${conditional("p", observed, [])}`
      : `${expectedLog({ observed, latents })}− KL( ${conditional("q", latents, given)} ‖ ${conditional("p", latents, [])} )`,
  weighsByDraws: false,
  costs: (terms) => terms.map(({ value }) => value)
}
