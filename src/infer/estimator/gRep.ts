import { type Estimator, no } from "./Estimator.ts"
import { alongPath } from "./path.ts"
import { score } from "./score.ts"

/**
 * ∇E_q[f(z)] = E[∇f(z)·∂T(ε; θ)/∂θ + (f(z) − b)·∇log p(ε; θ)] with z = T(ε; θ): the noise ε is z standardised, which leaves some of θ in its own distribution, so that the path is corrected by a score function
 * of the noise. The more T takes out of θ, the smaller is the correction: its variance lies between that of a path and that of the score function. It needs no derivative of a cdf. b is
 * that of the score function. Ruiz, Titsias and Blei 2016 (G-REP), equations 5 to 7.
 */
export const generalized: Estimator<"implicit", "Gamma" | "Beta"> = {
  name: "generalized",
  ability: "implicit",
  isFor: (family) => Object.hasOwn(families, family),
  detached: false,
  isGeneralized: true,
  applies: (facts) => {
    const { guide, isPlain } = facts
    if (!Object.hasOwn(families, guide.family))
      return {
        applies: false,
        because: `the generalized reparameterization is there for ${Object.keys(families).join(" and ")}, and the guide is ${guide.family}`,
        lacking: true
      }
    if (!isPlain) return no("a generalized reparameterization does not stand in a branch or in a recurrence")
    return alongPath(
      "generalized",
      "implicit",
      "its draw is a smooth function of noise that depends weakly on its parameters",
      facts
    )
  },
  control: score.control,
  surrogate: score.surrogate
}

const families = { Gamma: true, Beta: true } as const
