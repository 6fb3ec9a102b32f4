import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import { lgamma } from "../tensor/special/gamma.ts"
import { gammaincc } from "../tensor/special/gammainc.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import { logGammainc, logGammaincc } from "../tensor/special/logGammainc.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { standardEntropy } from "./formula/gammaLaw.ts"
import { positiveFromLog } from "./formula/inside.ts"

const constraints = { concentration: "positive", scale: "positive" } as const

/**
 * The distribution of 1/y for a y of Gamma(concentration, rate = scale),
 * log p(x) = concentration·log scale − log Γ(concentration) − (concentration + 1)·log x − scale/x for x > 0.
 * Its mean is infinite up to a concentration of 1, its variance up to 2.
 *
 * @param concentration, scale above 0: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when one of them is a number not above 0
 * @example
 * ```ts
 * InverseGamma(3, 4).mean() // => 2
 * InverseGamma(1, 4).cdf(tf.scalar(2)) // => Math.exp(-2)
 * ```
 */
export const InverseGamma = <const A extends Param, const B extends Param>(
  concentration: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "positive", "implicit" | "score", "InverseGamma"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | "mode"> => {
  /** how far the concentration lies above n; 0 below it, by which a moment is divided */
  const above = (n: number): tf.Tensor => tf.maximum(tf.sub(concentration, n), 0)
  return fromFamily({
    family: "InverseGamma",
    shape: shapeOfParameters("InverseGamma", constraints, { concentration, scale }) as ShapeOf<A, B>,
    support: "positive",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ concentration, scale }),
    logDensity: (x) => {
      const constant = tf.sub(tf.mul(concentration, tf.log(scale)), lgamma(concentration))
      // below 0 any number will do: the mask says that it is outside
      const inside = tf.maximum(x, 1.2e-38)
      const power = tf.mul(tf.add(concentration, 1), tf.log(inside))
      const mask = insideOf(x, 0, Number.POSITIVE_INFINITY, { inclusive: false })
      return tf.add(tf.sub(constant, tf.add(power, tf.div(scale, inside))), mask)
    },
    draw: (key, size) => positiveFromLog(tf.sub(tf.log(scale), logStandardGamma(key, concentration, size))),
    mean: () => tf.div(scale, above(1)),
    variance: () => tf.div(tf.square(tf.div(scale, above(1))), above(2)),
    entropy: () => tf.add(standardEntropy(concentration, 1), tf.log(scale)),
    cdf: (x) => gammaincc(concentration, tf.div(scale, x)),
    logCdf: (x) => logGammaincc(concentration, tf.div(scale, x)),
    logSurvival: (x) => logGammainc(concentration, tf.div(scale, x)),
    mode: () => tf.div(scale, tf.add(concentration, 1))
  })
}
