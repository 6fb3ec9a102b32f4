import * as tf from "@tensorflow/tfjs"
import { standardBeta } from "../tensor/draws/beta.ts"
import { lbeta } from "../tensor/special/beta.ts"
import { betainc } from "../tensor/special/betainc.ts"
import { digamma } from "../tensor/special/gamma.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import { logBetainc, logBetaincc } from "../tensor/special/logBetainc.ts"
import { xlog1py, xlogy } from "../tensor/special/logs.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"

const constraints = { concentration1: "positive", concentration0: "positive" } as const

/**
 * The beta distribution, log p(x) = (concentration1 − 1)·log x + (concentration0 − 1)·log(1 − x) − log B(concentration1, concentration0) on [0, 1]:
 * what is believed of a coin's probability of 1 when, from a uniform prior, concentration1 − 1 ones and concentration0 − 1 zeros were seen.
 *
 * A draw is γ₁/(γ₁ + γ₀) from the logarithms of two gamma variables, so that concentrations near 0 draw numbers near both ends.
 *
 * @param concentration1, concentration0 weight of 1 and of 0, above 0: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when one of them is a number not above 0
 * @example
 * ```ts
 * Beta(2, 1).logProb(tf.scalar(0.25)) // => Math.log(0.5)
 * Beta(2, 6).mean() // => 0.25
 * ```
 */
export const Beta = <const A extends Param, const B extends Param>(
  concentration1: A,
  concentration0: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "unitInterval", "implicit" | "score", "Beta"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | "mode"> => {
  const total = (): tf.Tensor => tf.add(concentration1, concentration0)
  const mean = (): tf.Tensor => tf.div(concentration1, total())
  return fromFamily({
    family: "Beta",
    shape: shapeOfParameters("Beta", constraints, { concentration1, concentration0 }) as ShapeOf<A, B>,
    support: "unitInterval",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ concentration1, concentration0 }),
    logDensity: (x) => {
      const one = xlogy(tf.sub(concentration1, 1), tf.abs(x))
      // log |1 − x| to either side of 1, so that outside it is the mask that speaks
      const zero = xlog1py(tf.sub(concentration0, 1), tf.neg(tf.minimum(x, tf.sub(2, x))))
      return tf.add(tf.sub(tf.add(one, zero), lbeta(concentration1, concentration0)), insideOf(x, 0, 1))
    },
    draw: (key, size) => standardBeta(key, concentration1, concentration0, size),
    mean,
    variance: () => tf.div(tf.mul(mean(), tf.div(concentration0, total())), tf.add(total(), 1)),
    entropy: () => betaEntropy(concentration1, concentration0),
    cdf: (x) => betainc(concentration1, concentration0, x),
    logCdf: (x) => logBetainc(concentration1, concentration0, x),
    logSurvival: (x) => logBetaincc(concentration1, concentration0, x),
    mode: () => {
      const [one, zero] = [tf.maximum(tf.sub(concentration1, 1), 0), tf.maximum(tf.sub(concentration0, 1), 0)]
      const sum = tf.add(one, zero)
      // up to concentrations of 1 the density is highest at an end, at that of the smaller one
      const end = tf.cast(tf.greaterEqual(concentration1, concentration0), "float32")
      return tf.where(tf.greater(sum, 0), tf.div(one, sum), tf.add(end, tf.zerosLike(sum)))
    }
  })
}

export const betaEntropy = (concentration1: tf.Tensor | number, concentration0: tf.Tensor | number): tf.Tensor => {
  const total = tf.add(concentration1, concentration0)
  const part = (c: tf.Tensor | number): tf.Tensor => tf.mul(tf.sub(c, 1), tf.sub(digamma(c), digamma(total)))
  return tf.sub(lbeta(concentration1, concentration0), tf.add(part(concentration1), part(concentration0)))
}
