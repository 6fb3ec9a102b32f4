import { type Estimator, lacking, no, yes } from "./Estimator.ts"

/**
 * ∇E_q[f(z)] = ∇Σₖ q(k) f(k): the expectation over a discrete draw is a sum over all its values, with weights q. It is exact, so it adds no variance,
 * and f does not need to be differentiable in z. Sites that depend on each other are summed out one after the other (variable elimination; Obermeyer
 * et al. 2019), so the number of sums for a chain is the number of its sites.
 */
export const enumerated: Estimator<"enumerable", string> = {
  name: "enumerated",
  ability: "enumerable",
  isFor: () => true,
  detached: true,
  applies: ({ guide, asked, tooMany }) => {
    if (!guide.gradients.includes("enumerable") || guide.values === undefined) return lacking("enumerated", guide)
    if (tooMany !== undefined) return no(`${asked ? "it cannot be enumerated: " : ""}${tooMany}`)
    return yes(asked ? "asked for" : `the expectation over its ${guide.values} values is their weighed sum, exactly`)
  },
  control: () => undefined,
  surrogate: () => undefined
}
