import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { gammaFormulas } from "./formula/gammaFormulas.ts"

const constraints = { concentration: "positive", rate: "positive" } as const

/**
 * The gamma distribution, log p(x) = concentration·log rate − log Γ(concentration) + (concentration − 1)·log x − rate·x for x > 0.
 *
 * Its draws carry the derivative of its cdf (implicit reparameterization: Figurnov, Mohamed and Mnih 2018); `generalizedGamma` is another way.
 *
 * @param concentration, rate shape and inverse scale, above 0: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when one of them is a number not above 0
 * @example
 * ```ts
 * Gamma(2, 3).logProb(tf.scalar(1)) // => 2 * Math.log(3) - 3
 * Gamma(2, 3).mode() // => 1 / 3
 * ```
 */
export const Gamma = <const A extends Param, const B extends Param>(
  concentration: A,
  rate: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "positive", "implicit" | "score", "Gamma"> & Has<ShapeOf<A, B>, "entropy" | Tails | "mode"> =>
  fromFamily({
    family: "Gamma",
    shape: shapeOfParameters("Gamma", constraints, { concentration, rate }) as ShapeOf<A, B>,
    support: "positive",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ concentration, rate }),
    ...gammaFormulas(
      () => concentration,
      () => rate
    )
  })
