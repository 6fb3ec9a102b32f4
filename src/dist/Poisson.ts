import * as tf from "@tensorflow/tfjs"
import { poisson } from "../tensor/draws/poisson.ts"
import { gammaincc } from "../tensor/special/gammainc.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logGammainc, logGammaincc } from "../tensor/special/logGammainc.ts"
import { logMass } from "../tensor/special/masses.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { poissonLogMass, poissonLogMassAt } from "./formula/countMass.ts"

/** A rate, as itself or as its logarithm. */
export type Rate<A extends Param = Param> =
  | { readonly rate: A; readonly logRate?: undefined }
  | { readonly logRate: A; readonly rate?: undefined }

/** The log mass, from the given parameter. */
export const massOf = ({ rate, logRate }: Rate, x: tf.Tensor): tf.Tensor =>
  rate === undefined ? poissonLogMass(x, logRate) : poissonLogMassAt(x, rate)

export const rateConstraints = { rate: "positive", logRate: "real" } as const

export const rateOf = ({ rate, logRate }: Rate): tf.Tensor | number => rate ?? tf.exp(logRate)

const logRateOf = ({ rate, logRate }: Rate): tf.Tensor | number =>
  logRate ?? (typeof rate === "number" ? Math.log(rate) : logMass(rate))

/** P(X ≤ x) = Q(⌊x⌋ + 1, rate). */
export const poissonTails = (rate: () => tf.Tensor | number) => {
  const next = (x: tf.Tensor): tf.Tensor => tf.add(tf.floor(x), 1)
  return {
    cdf: (x: tf.Tensor): tf.Tensor => gammaincc(next(x), rate()),
    logCdf: (x: tf.Tensor): tf.Tensor => logGammaincc(next(x), rate()),
    logSurvival: (x: tf.Tensor): tf.Tensor => logGammainc(next(x), rate())
  }
}

/**
 * The number of events at a constant rate, log p(x) = x log rate − rate − log x! for x = 0, 1, 2, …
 *
 * @param rate the expected number, above 0: a number, or a tensor of the value's shape; or `logRate`, its logarithm
 * @throws SupportViolation when the rate is a number not above 0
 * @example
 * ```ts
 * Poisson({ rate: 2 }).logProb(tf.scalar(3)) // => Math.log(8 / 6) - 2
 * Poisson({ logRate: 0 }).cdf(tf.scalar(1)) // => 2 * Math.exp(-1)
 * ```
 */
export const Poisson = <const A extends Param>(
  given: Rate<A>
): Dist<ShapeOf<A>, "natural", "score", "Poisson"> & Has<ShapeOf<A>, Tails | "mode"> => {
  const rate = (): tf.Tensor | number => rateOf(given)
  const { rate: r, logRate } = namedParameters("Poisson", given, { oneOf: ["rate", "logRate"] })
  return fromFamily({
    family: "Poisson",
    shape: shapeOfParameters("Poisson", rateConstraints, { rate: r, logRate }) as ShapeOf<A>,
    support: "natural",
    gradients: ["score"],
    constraints: rateConstraints,
    parameters: () => ({ rate: rate(), logRate: logRateOf(given) }),
    logDensity: (x) => {
      return densityInside(massOf(given, x), x, 0, Number.POSITIVE_INFINITY, { integer: true })
    },
    draw: (key, size) => poisson(key, rate(), size),
    mean: rate,
    variance: rate,
    ...poissonTails(rate),
    mode: () => tf.floor(rate())
  })
}
