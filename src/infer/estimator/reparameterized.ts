import type { Estimator } from "./Estimator.ts"

/**
 * ∇E_q[f(z)] = E_ε[∇f(g(ε))], where z = g(ε) and the law of ε has no parameters: the gradient flows through the draw itself.
 * Low variance; needs f to be continuous along the path. Kingma and Welling 2014, equation 4; Rezende, Mohamed and Wierstra 2014.
 */
export const reparameterized: Estimator = {
  name: "reparameterized",
  ability: "reparameterized",
  detached: false,
  control: () => undefined,
  surrogate: () => undefined
}
