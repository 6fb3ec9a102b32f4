import * as tf from "@tensorflow/tfjs"
import { logStandardGamma } from "../tensor/draws/gamma.ts"
import { asColumn } from "../tensor/linear/matrices.ts"
import { Key, normal } from "../tensor/random.ts"
import { digammaStep, lbeta } from "../tensor/special/beta.ts"
import { lgamma } from "../tensor/special/gamma.ts"
import { constantOf } from "../tensor/special/withGradient.ts"
import type { Param, Tensor } from "../tensor/Tensor.ts"
import { mustBeTensor } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { densityOfFinite } from "./formula/bounds.ts"
import { rootOfScaleTril, rowSquares } from "./formula/covarianceRoot.ts"
import { studentTail } from "./formula/studentTail.ts"
import { type Fits, type Matrices, mustBeOneForEach, shapeOfVectors, type VectorsOf } from "./formula/vectorShape.ts"

const constraints = { df: "positive", loc: "real", scaleTril: "lowerCholesky" } as const

/**
 * Vectors with heavy tails: loc + L z/√(g/df) with standard normal z and one g ~ χ²(df) for all n numbers, log p(x) = log Γ((df + n)/2) − log Γ(df/2)
 * − ½ n log(π df) − log |L| − ½ (df + n) log(1 + |L⁻¹ (x − loc)|²/df).
 *
 * The mean exists for df > 1, and the variance df/(df − 2)·diag(L Lᵀ) is finite for df > 2. The gradient of a draw is implicit through g.
 *
 * @param df degrees of freedom, above 0: a number, a scalar, or one for each vector
 * @param loc the center: a tensor `[…, n]`, or a number for all
 * @param scaleTril L, lower-triangular with a positive diagonal: `[n, n]`, or one for each vector, `[…, n, n]`
 * @throws ShapeMismatch when the parameters do not match; SupportViolation when df is a number not above 0
 * @example
 * ```ts
 * const scaleTril = Tensor.of([2, 2], tf.tensor2d([[2, 0], [1, 2]]))
 * const pair = MultivariateStudentT(4, 0, scaleTril)
 * pair.variance() // => [8, 10]
 * pair.logProb(tf.tensor1d([2, 3])) // => -Math.log(8 * Math.PI) - 3 * Math.log(1.5)
 * ```
 */
export const MultivariateStudentT = <const A extends Param, const B extends Tensor<Matrices>>(
  df: Param,
  loc: A,
  scaleTril: B & Fits<A, B>
): Dist<VectorsOf<A, B>, "real", "implicit" | "score", "MultivariateStudentT"> &
  Has<VectorsOf<A, B>, "entropy" | "mode"> => {
  shapeOfParameters("MultivariateStudentT", constraints, { loc })
  mustBeTensor("MultivariateStudentT.scaleTril", scaleTril)
  const shape = shapeOfVectors("MultivariateStudentT", loc, scaleTril)
  const lead = shape.slice(0, -1)
  const given = shapeOfParameters("MultivariateStudentT", constraints, { df })
  mustBeOneForEach("MultivariateStudentT", lead, given)
  const n = shape.at(-1) ?? 1
  const root = (): ReturnType<typeof rootOfScaleTril> => rootOfScaleTril(scaleTril)
  const column = (x: tf.Tensor): tf.Tensor => (x.rank === 0 ? x : asColumn(x))
  const nu = (): tf.Tensor => tf.mul(df, 1)
  /** the terms that are subtracted in the log density */
  const logConstant = (): tf.Tensor => {
    const beta = tf.sub(lbeta(tf.mul(0.5, df), n / 2), lgamma(n / 2))
    return tf.add(tf.add(beta, tf.mul(n / 2, tf.log(tf.mul(Math.PI, df)))), root().halfLogDet())
  }
  const power = (): tf.Tensor => tf.mul(0.5, tf.add(df, n))
  const fill = (value: number): tf.Tensor => tf.fill([...given], value)
  return fromFamily({
    family: "MultivariateStudentT",
    shape: shape as VectorsOf<A, B>,
    eventRank: 1,
    support: "real",
    gradients: ["implicit", "score"],
    constraints,
    parameters: () => ({ df, loc, scaleTril }),
    logDensity: (x) => {
      const whitened = root().whiten(tf.sub(x, loc))
      const square = tf.sum(tf.square(tf.clipByValue(whitened, -1e18, 1e18)), -1)
      const tail = studentTail(df, n, square, logOnePlusSquares(tf.div(whitened, column(tf.sqrt(df)))))
      return densityOfFinite(tf.neg(tf.add(tail, logConstant())), x)
    },
    draw: (key, size) => {
      const logs = logStandardGamma(Key.fork(key, "gamma"), tf.mul(0.5, df), size.slice(0, -1))
      const logStretch = tf.mul(0.5, tf.sub(tf.sub(tf.log(df), Math.LN2), logs))
      // small degrees of freedom can give draws above 1e32; these are cut off
      const stretch = tf.exp(tf.minimum(logStretch, 74))
      return tf.add(loc, tf.mul(root().color(normal(Key.fork(key, "normal"), size)), column(stretch)))
    },
    mean: () => tf.add(loc, column(tf.where(tf.greater(df, 1), fill(0), fill(Number.NaN)))),
    variance: () => {
      const finite = tf.div(nu(), tf.maximum(tf.sub(df, 2), 1e-30))
      const otherwise = tf.where(tf.greater(df, 1), fill(Infinity), fill(Number.NaN))
      return tf.mul(column(tf.where(tf.greater(df, 2), finite, otherwise)), rowSquares(root().scaleTril()))
    },
    entropy: () => tf.add(logConstant(), tf.mul(power(), digammaStep(tf.mul(0.5, df), tf.scalar(n / 2)))),
    mode: () => loc
  })
}

/**
 * log(1 + |z|²) of vectors z, as 2 log m + log(m⁻² + |z/m|²): with m the largest of 1 and their numbers, a constant, no square is beyond the range of float32.
 */
const logOnePlusSquares = (z: tf.Tensor): tf.Tensor => {
  const m = constantOf(tf.maximum(tf.max(tf.abs(z), -1), 1))
  const squares = tf.sum(tf.square(tf.div(z, tf.expandDims(m, -1))), -1)
  // where it is below 1e-12 it vanishes in float32 next to the squares, which are 1 or more
  const one = tf.square(tf.maximum(tf.reciprocal(m), 1e-6))
  return tf.add(tf.mul(2, tf.log(m)), tf.log1p(tf.add(tf.sub(one, 1), squares)))
}
