import { elbo } from "./elbo.ts"
import type { TermsObjective } from "./Objective.ts"

/**
 * The ELBO with the gradient of Roeder, Wu and Duvenaud 2017, section 3: the score ∇log q(z) at a draw, whose mean is 0, is left out, so that only the path
 * through the draw remains. Where q is the posterior, each step's gradient is exactly 0. KLs are sampled for it: a closed one has no draw.
 */
export const stickingTheLanding: TermsObjective = { ...elbo, name: "ELBO, sticking the landing", logQ: "path" }
