import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { digammaStep } from "../tensor/special/beta.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logOneLessPower } from "../tensor/special/logLess.ts"
import { log1mexp } from "../tensor/special/logs.ts"
import { splitAt } from "../tensor/special/splitAt.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { mixedGap, squaresGap } from "./formula/gammaDifferences.ts"
import { insideUnit, least } from "./formula/inside.ts"
import { logOfPositive } from "./formula/logOfPositive.ts"

const constraints = { concentration1: "positive", concentration0: "positive" } as const

/** 1 − x for the largest float32 number x below 1. */
const grain = 2 ** -24

/**
 * A distribution similar to the beta distribution, with a cdf in closed form (Kumaraswamy 1980), log p(x) = log(ab) + (a − 1) log x + (b − 1) log(1 −
 * xᵃ) for 0 ≤ x ≤ 1, where a is `concentration1` and b `concentration0`. At the bounds 0 and 1 the density is that of the nearest number inside.
 *
 * @param concentration1, concentration0 above 0: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when one of them is a number not above 0
 * @example
 * ```ts
 * Kumaraswamy(2, 3).logProb(tf.scalar(0.5)) // => Math.log(6 * 0.5 * 0.75 ** 2)
 * Kumaraswamy(2, 3).cdf(tf.scalar(0.5)) // => 1 - 0.75 ** 3
 * ```
 */
export const Kumaraswamy = <const A extends Param, const B extends Param>(
  concentration1: A,
  concentration0: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "unitInterval", "reparameterized" | "score", "Kumaraswamy"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | Quantiles | "mode"> => {
  const [a, b]: readonly [Param, Param] = [concentration1, concentration0]
  /** log(1 − xᵃ) */
  const logRest = (x: tf.Tensor): tf.Tensor => logOneLessPower(insideUnit(x), a)
  /** from exponential noise: xᵃ = 1 − e^(−noise/b) */
  const fromExponential = (e: tf.Tensor): tf.Tensor => tf.exp(tf.div(log1mexp(tf.div(e, b)), a))
  /** −log E[x] = −log(b B(1 + 1/a, b)) */
  const minusLogMean = (): tf.Tensor => mixedGap(tf.div(1, a), b)
  return fromFamily({
    family: "Kumaraswamy",
    shape: shapeOfParameters("Kumaraswamy", constraints, { concentration1, concentration0 }) as ShapeOf<A, B>,
    support: "unitInterval",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ concentration1, concentration0 }),
    logDensity: (x) => {
      const powers = tf.add(tf.mul(tf.sub(a, 1), logOfPositive(x)), tf.mul(tf.sub(b, 1), logRest(x)))
      return densityInside(tf.add(powers, tf.add(tf.log(a), tf.log(b))), x, 0, 1)
    },
    draw: (key, size) => fromExponential(tf.neg(tf.log(uniform(key, size)))),
    mean: () => tf.exp(tf.neg(minusLogMean())),
    variance: () => {
      const gap = squaresGap(tf.div(1, a), b)
      return tf.mul(tf.exp(tf.sub(gap, tf.mul(2, minusLogMean()))), tf.neg(tf.expm1(tf.neg(gap))))
    },
    entropy: () => kumaraswamyEntropy(a, b),
    cdf: (x) => tf.neg(tf.expm1(tf.mul(b, logRest(x)))),
    logCdf: (x) => {
      const log = logOfPositive(x)
      const far = tf.mul(a, log)
      const inside = log1mexp(tf.mul(tf.neg(b), logRest(x)))
      return splitAt(far, { low: -30 }, { below: tf.add(tf.log(b), far), inside })
    },
    logSurvival: (x) => tf.mul(b, logRest(x)),
    icdfOfLogs: (_, logRest) => fromExponential(tf.maximum(tf.neg(logRest), least)),
    icdf: (u) => fromExponential(tf.neg(tf.log1p(tf.neg(u)))),
    /** xᵃ = (a − 1)/(ab − 1), or the bound at which the density is infinite */
    mode: () => {
      const left = tf.relu(tf.sub(a, 1))
      const both = tf.maximum(tf.sub(tf.mul(a, b), 1), tf.maximum(left, grain))
      return tf.pow(tf.div(left, both), tf.div(1, a))
    }
  })
}

/** 1 − 1/b + (1 − 1/a)(ψ(b + 1) + γ) − log(ab). */
export const kumaraswamyEntropy = (a: tf.Tensor | number, b: tf.Tensor | number): tf.Tensor => {
  const harmonic = digammaStep(tf.scalar(1), tf.add(b, 0))
  const powers = tf.add(tf.sub(1, tf.div(1, b)), tf.mul(tf.sub(1, tf.div(1, a)), harmonic))
  return tf.sub(powers, tf.add(tf.log(a), tf.log(b)))
}
