import * as tf from "@tensorflow/tfjs"
import { normal } from "../tensor/random.ts"
import { erf } from "../tensor/special/erf.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import { erfinv } from "../tensor/special/normal.ts"
import type { Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import type { ExpectedStatistics, Value } from "./formula/expectedStatistics.ts"

const constraints = { scale: "positive" } as const

/**
 * The absolute value of a normal variable with mean 0, log p(x) = ½ log(2/π) − log scale − ½(x/scale)² for x > 0.
 *
 * @param scale of the normal variable, above 0: number, or a tensor of the value's shape
 * @example
 * ```ts
 * HalfNormal(2).mean() // => 1.595769122
 * ```
 * @throws SupportViolation when the scale is a number not above 0
 */
export const HalfNormal = <const A extends Param>(
  scale: A
): Dist<ShapeOf<A>, "positive", "reparameterized" | "score", "HalfNormal"> &
  Has<ShapeOf<A>, "entropy" | "cdf" | "icdf" | "mode"> =>
  fromFamily({
    family: "HalfNormal",
    shape: shapeOfParameters("HalfNormal", constraints, { scale }) as ShapeOf<A>,
    support: "positive",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ scale }),
    logDensity: (x) => {
      const power = tf.mul(-0.5, tf.square(tf.div(x, scale)))
      const density = tf.sub(power, tf.add(tf.log(scale), 0.5 * Math.log(Math.PI / 2)))
      return tf.add(density, insideOf(x, 0, Number.POSITIVE_INFINITY))
    },
    draw: (key, size) => tf.mul(scale, tf.abs(normal(key, size))),
    ...halfNormalStatistics(scale),
    cdf: (x) => erf(tf.mul(Math.SQRT1_2, tf.div(tf.relu(x), scale))),
    icdf: (u) => tf.mul(Math.SQRT2, tf.mul(scale, erfinv(u))),
    mode: () => 0
  })

export const halfNormalStatistics = (scale: Value): ExpectedStatistics => ({
  mean: () => tf.mul(scale, Math.sqrt(2 / Math.PI)),
  variance: () => tf.mul(tf.square(scale), 1 - 2 / Math.PI),
  entropy: () => tf.add(tf.log(scale), 0.5 * Math.log((Math.PI * Math.E) / 2))
})
