import type { Estimator } from "./Estimator.ts"
import { alongPath } from "./path.ts"

/**
 * ∇E_q[f(z)] ≈ E_ε[∇f(z)·∇g(ε)], where the hard draw z is a rounded relaxed one, g(ε), and the derivative of the relaxed draw stands for that of
 * the hard one, which is 0. Low variance, but biased: the gradient of no objective, as a rule. It is taken where a family says that its
 * draws have such a gradient. Bengio, Léonard and Courville 2013; Jang, Gu and Poole 2017, section 2.2.
 */
export const straightThrough: Estimator = {
  name: "straight-through",
  detached: false,
  applies: (facts) =>
    alongPath(
      "straight-through",
      "straightThrough",
      "biased: the derivative of its relaxed draw stands for that of the hard one",
      facts
    ),
  control: () => undefined,
  surrogate: () => undefined
}
