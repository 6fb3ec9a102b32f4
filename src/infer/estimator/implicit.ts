import type { Estimator } from "./Estimator.ts"
import { alongPath } from "./path.ts"

/**
 * ∇E_q[f(z)] = E_q[∇f(z)·∂z/∂θ] with ∂z/∂θ = −(∂F(z)/∂θ) / q(z), F being the cdf: the draw needs no differentiable sampler. Variance as of a
 * reparameterized gradient, but for mixtures, where a weight moves mass between modes along a path that f need not like. Figurnov, Mohamed and Mnih 2018.
 */
export const implicit: Estimator = {
  name: "implicit",
  detached: false,
  applies: (facts) =>
    alongPath("implicit", "implicit", "implicit reparameterization: its draw carries the derivative of its cdf", facts),
  control: () => undefined,
  surrogate: () => undefined
}
