import * as tf from "@tensorflow/tfjs"
import { standardBeta } from "../tensor/draws/beta.ts"
import { betaLogDensity } from "../tensor/special/betaDensity.ts"
import { betainc } from "../tensor/special/betainc.ts"
import { digammaGap } from "../tensor/special/gamma.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logBetainc, logBetaincc } from "../tensor/special/logBetainc.ts"
import { logQuotient } from "../tensor/special/logQuotient.ts"
import { xlogy } from "../tensor/special/logs.ts"
import { stirling } from "../tensor/special/stirling.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { insideUnit, ofLeast } from "./formula/inside.ts"

const constraints = { concentration1: "positive", concentration0: "positive" } as const

/**
 * The beta distribution, log p(x) = (concentration1 − 1)·log x + (concentration0 − 1)·log(1 − x) − log B(concentration1, concentration0) on [0, 1].
 * It is the posterior of a coin's probability of 1 under a uniform prior, after concentration1 − 1 ones and concentration0 − 1 zeros.
 *
 * A draw is γ₁/(γ₁ + γ₀) from the logarithms of two gamma variables, so that concentrations near 0 give draws near both bounds.
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
  const [a, b]: readonly [tf.Tensor | number, tf.Tensor | number] = [concentration1, concentration0]
  return fromFamily({
    family: "Beta",
    shape: shapeOfParameters("Beta", constraints, { concentration1, concentration0 }) as ShapeOf<A, B>,
    support: "unitInterval",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ concentration1, concentration0 }),
    logDensity: (x) => {
      // at a bound the density is 0 or ∞ unless the concentration there is 1
      const one = xlogy(tf.sub(concentration1, 1), ofLeast(x))
      const zero = xlogy(tf.sub(concentration0, 1), ofLeast(tf.sub(1, x)))
      const density = betaLogDensity(concentration1, concentration0, insideUnit(x))
      return densityInside(tf.add(density, tf.add(one, zero)), x, 0, 1)
    },
    draw: (key, size) => standardBeta(key, concentration1, concentration0, size),
    mean,
    variance: () => tf.div(tf.mul(mean(), tf.div(concentration0, total())), tf.add(total(), 1)),
    entropy: () => betaEntropy(concentration1, concentration0),
    cdf: (x) => betainc(a, b, x),
    logCdf: (x) => logBetainc(a, b, x),
    logSurvival: (x) => logBetaincc(a, b, x),
    mode: () => {
      const [one, zero] = [tf.maximum(tf.sub(concentration1, 1), 0), tf.maximum(tf.sub(concentration0, 1), 0)]
      const sum = tf.add(one, zero)
      // for concentrations up to 1 the density is highest at a bound: the one of the smaller concentration
      const end = tf.cast(tf.greaterEqual(concentration1, concentration0), "float32")
      return tf.where(tf.greater(sum, 0), tf.div(one, sum), tf.add(end, tf.zerosLike(sum)))
    }
  })
}

/** log B(a, b) − (a − 1) ψ(a) − (b − 1) ψ(b) + (n − 2) ψ(n) with n = a + b, in which a log a, b log b and n log n cancel. */
export const betaEntropy = (concentration1: tf.Tensor | number, concentration0: tf.Tensor | number): tf.Tensor => {
  const [a, b, n] = [tf.add(concentration1, 0), tf.add(concentration0, 0), tf.add(concentration1, concentration0)]
  const [ofA, ofB, ofN] = [stirling(a), stirling(b), stirling(n)]
  const part = (c: tf.Tensor, order: number): tf.Tensor => tf.mul(tf.sub(c, order), digammaGap(c))
  const curved = tf.sub(tf.add(part(a, 1), part(b, 1)), part(n, 2))
  const rest = tf.sub(tf.add(ofA.s, ofB.s), ofN.s)
  return tf.add(tf.add(rest, curved), logQuotient(tf.mul(ofA.root, tf.div(ofB.root, ofN.root)), n))
}
