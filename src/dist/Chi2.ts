import * as tf from "@tensorflow/tfjs"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { gammaFormulas } from "./formula/gammaFormulas.ts"

const constraints = { df: "positive" } as const

/**
 * The chi-square distribution, of a sum of `df` squares of standard normal variables: the gamma distribution of concentration df/2 and
 * rate ½, log p(x) = (df/2 − 1)·log x − x/2 − (df/2)·log 2 − log Γ(df/2) for x > 0.
 *
 * @param df degrees of freedom, above 0: number, or a tensor of the value's shape
 * @throws SupportViolation when it is a number not above 0
 * @example
 * ```ts
 * Chi2(2).logProb(tf.scalar(3)) // => -1.5 - Math.LN2
 * Chi2(5).variance() // => 10
 * ```
 */
export const Chi2 = <const A extends Param>(
  df: A
): Dist<ShapeOf<A>, "positive", "implicit" | "score", "Chi2"> & Has<ShapeOf<A>, "entropy" | Tails | "mode"> => {
  const concentration = (): tf.Tensor => tf.mul(df, 0.5)
  return fromFamily({
    family: "Chi2",
    shape: shapeOfParameters("Chi2", constraints, { df }) as ShapeOf<A>,
    support: "positive",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ df, concentration: concentration(), rate: 0.5 }),
    ...gammaFormulas(concentration, () => 0.5)
  })
}
