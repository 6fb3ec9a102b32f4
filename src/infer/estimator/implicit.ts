import { asking, type Estimator, type SiteFacts } from "./Estimator.ts"
import { alongPath } from "./path.ts"

/**
 * ∇E_q[f(z)] = E_q[∇f(z)·∂z/∂θ] with ∂z/∂θ = −(∂F(z)/∂θ) / q(z), F being the cdf: the draw needs no differentiable sampler. Variance as of a
 * reparameterized gradient, but for mixtures, where a weight moves mass between modes along a path that f need not like. Figurnov, Mohamed and Mnih 2018.
 */
export const implicit: Estimator<"implicit", string> = {
  name: "implicit",
  ability: "implicit",
  isFor: () => true,
  detached: false,
  applies: (facts) => alongPath("implicit", "implicit", because(facts), facts),
  control: () => undefined,
  surrogate: () => undefined
}

/** A mixture moves mass between its components along a path, and f changes much on the way: the variance has been seen a hundred thousand times that of the score function. */
const because = ({ site, guide }: SiteFacts): string =>
  guide.family.startsWith("Mixture")
    ? `implicit reparameterization: its draw carries the derivative of its cdf; where components lie apart the variance of their weights' gradient is large: compare ${asking(site, "score")}`
    : "implicit reparameterization: its draw carries the derivative of its cdf"
