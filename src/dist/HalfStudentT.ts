import * as tf from "@tensorflow/tfjs"
import { densityInside } from "../tensor/special/insideOf.ts"
import type { Alike, Param, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Tails } from "./Dist.ts"
import { studentFormulas } from "./formula/studentFormulas.ts"

const constraints = { df: "positive", scale: "positive" } as const

/**
 * The absolute value of a Student's t variable of location 0, a prior for scales (Gelman 2006): with z = x/scale and ν = df,
 * log p(x) = log 2 − ½(ν + 1)·log(1 + z²/ν) − log B(ν/2, ½) − ½ log ν − log scale for x > 0.
 * Its mean is infinite up to ν = 1, its variance up to 2 (NaN up to 1).
 *
 * @param df, scale degrees of freedom ν and scale, above 0: numbers, or tensors of the value's shape
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when one of them is a number not above 0
 * @example
 * ```ts
 * HalfStudentT(1, 2).cdf(tf.scalar(2)) // => 0.5
 * HalfStudentT(3, 1).mean() // => (2 * Math.sqrt(3)) / Math.PI
 * ```
 */
export const HalfStudentT = <const A extends Param, const B extends Param>(
  df: A,
  scale: B & Alike<A, B>
): Dist<ShapeOf<A, B>, "positive", "implicit" | "score", "HalfStudentT"> &
  Has<ShapeOf<A, B>, "entropy" | Tails | "mode"> => {
  const student = studentFormulas(df)
  return fromFamily({
    family: "HalfStudentT",
    shape: shapeOfParameters("HalfStudentT", constraints, { df, scale }) as ShapeOf<A, B>,
    support: "positive",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ df, scale }),
    logDensity: (x) => {
      const density = tf.sub(student.logDensity(tf.div(x, scale)), tf.sub(tf.log(scale), Math.LN2))
      return densityInside(density, x, 0, Number.POSITIVE_INFINITY)
    },
    draw: (key, size) => tf.maximum(tf.abs(tf.mul(scale, student.draw(key, size))), 1.2e-38),
    mean: () => tf.mul(scale, student.absoluteMean()),
    variance: () => tf.mul(tf.square(scale), tf.sub(student.variance(), tf.square(student.absoluteMean()))),
    entropy: () => tf.add(student.entropy(), tf.sub(tf.log(scale), Math.LN2)),
    cdf: (x) => student.within(tf.div(x, scale)),
    logCdf: (x) => student.logWithin(tf.div(x, scale)),
    logSurvival: (x) => student.logBeyond(tf.div(x, scale)),
    mode: () => 0
  })
}
