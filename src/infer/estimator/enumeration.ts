import { type Estimator, lacking, no, yes } from "./Estimator.ts"

/**
 * ∇E_q[f(z)] = ∇Σₖ q(k) f(k): the expectation over a discrete draw is a sum over all its values, weighed by q. Exact, so it has no variance of its own, and f need
 * not be differentiable in z. Sites that depend on each other are summed out one after the other (variable elimination; Obermeyer et al. 2019), so a chain costs
 * as many sums as it has sites.
 */
export const enumerated: Estimator = {
  name: "enumerated",
  detached: true,
  applies: ({ guide, asked, tooMany }) => {
    if (!guide.gradients.includes("enumerable") || guide.values === undefined) return lacking("enumerated", guide)
    if (tooMany !== undefined) return no(`${asked ? "it cannot be enumerated: " : ""}${tooMany}`)
    return yes(asked ? "asked for" : `the expectation over its ${guide.values} values is their weighed sum, exactly`)
  },
  control: () => undefined,
  surrogate: () => undefined
}
