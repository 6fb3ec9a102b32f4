import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import { closeDeviance } from "../tensor/special/closeDeviance.ts"
import { digammaGap } from "../tensor/special/gamma.ts"
import { gammaincc } from "../tensor/special/gammainc.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logGammainc, logGammaincc } from "../tensor/special/logGammainc.ts"
import { logQuotient } from "../tensor/special/logQuotient.ts"
import { productLess } from "../tensor/special/productLess.ts"
import { stirling } from "../tensor/special/stirling.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { positiveFromLog } from "./formula/inside.ts"

const constraints = { concentration: "positive", scale: "positive" } as const

/**
 * The distribution of 1/y where y is Gamma(concentration, rate = scale) distributed, log p(x) = concentration·log scale − log Γ(concentration) −
 * (concentration + 1)·log x − scale/x for x > 0. Its mean is infinite up to a concentration of 1, its variance up to 2.
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
  /** the excess of the concentration over n, or 0 below it; a moment is divided by it */
  const above = (n: number): tf.Tensor => tf.maximum(tf.sub(concentration, n), 0)
  return fromFamily({
    family: "InverseGamma",
    shape: shapeOfParameters("InverseGamma", constraints, { concentration, scale }) as ShapeOf<A, B>,
    support: "positive",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ concentration, scale }),
    logDensity: (x) => {
      // below 0 any number will do, because the mask makes the log density −∞ there
      const inside = tf.maximum(x, 1.2e-38)
      // as in gammaLogDensity: from the deviance of the concentration from scale/x, and the remainder of Stirling's formula for Γ
      const less = tf.neg(tf.div(productLess(concentration, inside, scale), inside))
      const { s, share } = stirling(concentration)
      const fall = tf.add(closeDeviance(concentration, tf.div(scale, inside), less), s)
      const density = tf.sub(logQuotient(share, inside), fall)
      return densityInside(density, x, 0, Number.POSITIVE_INFINITY, { inclusive: false, finite: true })
    },
    draw: (key, size) => positiveFromLog(tf.sub(tf.log(scale), logStandardGamma(key, concentration, size))),
    mean: () => tf.div(scale, above(1)),
    variance: () => tf.div(tf.square(tf.div(scale, above(1))), above(2)),
    /** α + log scale + log Γ(α) − (1 + α) ψ(α), in which α log α cancels */
    entropy: () => {
      const { s, root } = stirling(concentration)
      const curved = tf.mul(tf.add(concentration, 1), digammaGap(concentration))
      return tf.add(tf.add(s, curved), tf.add(logQuotient(root, concentration), logQuotient(scale, concentration)))
    },
    cdf: (x) => gammaincc(concentration, tf.div(scale, x)),
    logCdf: (x) => logGammaincc(concentration, tf.div(scale, x)),
    logSurvival: (x) => logGammainc(concentration, tf.div(scale, x)),
    mode: () => tf.div(scale, tf.add(concentration, 1))
  })
}
