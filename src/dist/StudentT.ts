import * as tf from "@tensorflow/tfjs"
import { splitAt } from "../tensor/special/splitAt.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { studentFormulas } from "./formula/studentFormulas.ts"

const constraints = { df: "positive", loc: "real", scale: "positive" } as const

/**
 * Student's t distribution, with z = (x − loc)/scale and ν = df: log p(x) = −½(ν + 1)·log(1 + z²/ν) − log B(ν/2, ½) − ½ log ν − log scale. It has no
 * mean up to ν = 1 (NaN); its variance is infinite for ν in (1, 2], and NaN below.
 *
 * A draw is a normal variable divided by the root of a gamma variable. Gradients flow through both, through the gamma variable by implicit
 * reparameterization.
 *
 * @param df degrees of freedom ν, above 0: number, or a tensor of the value's shape; so are `loc` and `scale`
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when df or scale is a number not above 0
 * @example
 * ```ts
 * StudentT(1, 0, 1).logProb(tf.scalar(0)) // => -Math.log(Math.PI)
 * StudentT(4, 1, 2).variance() // => 8
 * ```
 */
export const StudentT = <const A extends Param, const B extends Param, const C extends Param>(
  df: A,
  loc: B & Alike<A, B>,
  scale: C & Alike<A, C> & Alike<B, C>
): Dist<ShapeOf<A, B, C>, "real", "implicit" | "score", "StudentT"> &
  Has<ShapeOf<A, B, C>, "entropy" | Tails | "mode"> => {
  const student = studentFormulas(df)
  const standard = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, loc), scale)
  const above1 = (x: tf.Tensor): tf.Tensor => tf.where(tf.greater(tf.add(df, tf.zerosLike(x)), 1), x, Number.NaN)
  /** log P(Z > z) */
  const logTail = (z: tf.Tensor): tf.Tensor => {
    const log = tf.sub(student.logBeyond(z), Math.LN2)
    return splitAt(z, { low: 0, withLow: true }, { below: tf.log1p(tf.neg(tf.exp(log))), inside: log })
  }
  return fromFamily({
    family: "StudentT",
    shape: shapeOfParameters("StudentT", constraints, { df, loc, scale }) as ShapeOf<A, B, C>,
    support: "real",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ df, loc, scale }),
    logDensity: (x) => tf.sub(student.logDensity(standard(x)), tf.log(scale)),
    draw: (key, size) => tf.add(loc, tf.mul(scale, student.draw(key, size))),
    mean: () => above1(tf.add(loc, tf.mul(0, tf.mul(df, scale)))),
    variance: () => above1(tf.mul(tf.square(scale), student.variance())),
    entropy: () => tf.add(student.entropy(), tf.log(scale)),
    cdf: (x) => {
      const z = tf.neg(standard(x))
      const beyond = tf.mul(0.5, student.beyond(z))
      return splitAt(z, { low: 0, withLow: true }, { below: tf.sub(1, beyond), inside: beyond })
    },
    logCdf: (x) => logTail(tf.neg(standard(x))),
    logSurvival: (x) => logTail(standard(x)),
    mode: () => loc
  })
}
