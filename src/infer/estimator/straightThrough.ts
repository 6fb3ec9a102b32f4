import type { Estimator } from "./Estimator.ts"
import { alongPath } from "./path.ts"

/**
 * ∇E_q[f(z)] ≈ E_ε[∇f(z)·∇g(ε)], where the hard draw z is the relaxed draw g(ε), rounded. The derivative of the relaxed draw replaces that of the
 * hard one, which is 0. The variance is low, but the estimate is biased: in general it is not the gradient of any objective. It is used for families
 * whose draws declare such a gradient. Bengio, Léonard and Courville 2013; Jang, Gu and Poole 2017, section 2.2.
 */
export const straightThrough: Estimator<"straightThrough", string> = {
  name: "straight-through",
  ability: "straightThrough",
  isFor: () => true,
  detached: false,
  applies: (facts) =>
    alongPath(
      "straight-through",
      "straightThrough",
      "its family asks for it; biased: the derivative of its relaxed draw stands for that of the hard one",
      facts
    ),
  control: () => undefined,
  surrogate: () => undefined
}
