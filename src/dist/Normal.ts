import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../Errors.ts"
import { normal } from "../tensor/random.ts"
import { erfc } from "../tensor/special/erf.ts"
import { logNdtr, ndtri, ndtriOfLogs } from "../tensor/special/normal.ts"
import type { Alike, Even, Half, Param, Shape, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"

type Number = tf.Tensor | number
type NormalDist<S extends Shape> = Dist<S, "real", "reparameterized" | "score", "Normal"> &
  Has<S, "entropy" | Tails | Quantiles | "mode">

const constraints = { loc: "real", scale: "positive" } as const

const make = <S extends Shape>(shape: S, loc: Number, scale: () => Number, logScale: () => Number): NormalDist<S> =>
  fromFamily({
    family: "Normal",
    shape,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ loc, scale: scale(), logScale: logScale() }),
    logDensity: (x) =>
      tf.sub(tf.mul(-0.5, tf.square(tf.div(tf.sub(x, loc), scale()))), tf.add(logScale(), 0.5 * Math.log(2 * Math.PI))),
    draw: (key, size) => tf.add(loc, tf.mul(scale(), normal(key, size))),
    mean: () => loc,
    variance: () => tf.square(scale()),
    entropy: () => tf.add(logScale(), 0.5 * Math.log(2 * Math.PI * Math.E)),
    cdf: (x) => tf.mul(0.5, erfc(tf.mul(-Math.SQRT1_2, tf.div(tf.sub(x, loc), scale())))),
    logCdf: (x) => logNdtr(tf.div(tf.sub(x, loc), scale())),
    logSurvival: (x) => logNdtr(tf.div(tf.sub(loc, x), scale())),
    icdf: (u) => tf.add(loc, tf.mul(scale(), ndtri(u))),
    icdfOfLogs: (logU, logRest) => tf.add(loc, tf.mul(scale(), ndtriOfLogs(logU, logRest))),
    mode: () => loc
  })

/**
 * The normal distribution, log p(x) = −½((x − loc)/scale)² − log scale − ½ log 2π.
 *
 * @param loc number, or a tensor of the value's shape
 * @param scale standard deviation, above 0: number, or a tensor of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when the scale is a number not above 0
 * @example
 * ```ts
 * Normal(0, 1).iid(20).logProb(tf.zeros([20])) // => 20 * -0.918938533
 * ```
 */
export const Normal: {
  <const A extends Param, const B extends Param>(loc: A, scale: B & Alike<A, B>): NormalDist<ShapeOf<A, B>>
  /**
   * One tensor of 2n numbers, n locations and then n log variances, as an encoder with 2n outputs gives it. Log variances keep the scale positive
   * without a constraint, and are exact far into the tails.
   */
  fromLocLogVariance<N extends number>(parameters: Tensor<readonly [N]> & Even<N>): NormalDist<readonly [Half<N>]>
} = Object.assign(
  <const A extends Param, const B extends Param>(loc: A, scale: B): NormalDist<ShapeOf<A, B>> => {
    const shape = shapeOfParameters("Normal", constraints, { loc, scale }) as ShapeOf<A, B>
    const logScale = (): Number => (typeof scale === "number" ? Math.log(scale) : tf.log(scale))
    return make(shape, loc, () => scale, logScale)
  },
  {
    fromLocLogVariance: <N extends number>(parameters: Tensor<readonly [N]>): NormalDist<readonly [Half<N>]> => {
      const [count = 0] = parameters.shape
      if (parameters.shape.length !== 1 || count === 0 || count % 2 !== 0) {
        throw new ShapeMismatch({
          site: undefined,
          where: "Normal.fromLocLogVariance",
          expected: [Math.max(2, 2 * Math.ceil(count / 2))],
          actual: parameters.shape,
          advice: "Give one vector of an even length: the locations, then the log variances."
        })
      }
      const n = count / 2
      const logScale = tf.mul(0.5, tf.slice(parameters, [n], [n]))
      return make(
        [n] as unknown as readonly [Half<N>],
        tf.slice(parameters, [0], [n]),
        () => tf.exp(logScale),
        () => logScale
      )
    }
  }
)
