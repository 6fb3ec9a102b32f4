import type { Estimator } from "./Estimator.ts"
import { alongPath } from "./path.ts"

/**
 * ∇E_q[f(z)] = E_ε[∇f(z)], where z = g(ε) and the distribution of ε has no parameters: the gradient flows through the draw itself. Its variance is
 * low. f must be continuous in z. Kingma and Welling 2014, equation 4; Rezende, Mohamed and Wierstra 2014.
 */
export const reparameterized: Estimator<"reparameterized", string> = {
  name: "reparameterized",
  ability: "reparameterized",
  isFor: () => true,
  detached: false,
  applies: (facts) =>
    alongPath("reparameterized", "reparameterized", "its draw is a smooth function of noise without parameters", facts),
  control: () => undefined,
  surrogate: () => undefined
}
