import * as tf from "@tensorflow/tfjs"
import type { Param } from "../tensor/Tensor.ts"
import { mustBeParameter, namedParameters } from "./arguments.ts"
import { check } from "./Constraint.ts"

/**
 * A covariance function: the covariances `[n, m]` of a Gaussian process at points a and b, `[n, d]` and `[m, d]`. Sums and products of kernels are
 * kernels: `(a, b) => tf.add(trend(a, b), season(a, b))`.
 */
export type Kernel = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor

export interface Stationary {
  /** the distance over which values are correlated, above 0: a number, a scalar, or one for each dimension */
  readonly lengthscale: Param
  /** the standard deviation of a value, above 0: a number or a scalar; 1 unless given */
  readonly amplitude?: Param
}

/**
 * The covariance functions in common use (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, chapter 4), of the scaled
 * distance r = |(a − b)/lengthscale|.
 *
 * @throws SupportViolation when a lengthscale, a period or an amplitude is a number not above 0
 * @example
 * ```ts
 * const [a, b] = [tf.tensor2d([[0]]), tf.tensor2d([[2]])]
 * Kernel.rbf({ lengthscale: 1, amplitude: 3 })(a, b).flatten() // => [9 * Math.exp(-2)]
 * Kernel.linear({ amplitude: 1, center: -1 })(a, b).flatten() // => [3]
 * ```
 */
export const Kernel = {
  /** amplitude² exp(−r²/2): infinitely smooth paths */
  rbf: (given: Stationary): Kernel => {
    const { lengthscale, amplitude = 1 } = checked("rbf", given, ["lengthscale"])
    return (a, b) => scaled(amplitude, tf.exp(tf.mul(-0.5, squaredDistance(a, b, lengthscale))))
  },
  /** amplitude² (1 + √3 r) exp(−√3 r): paths with one derivative */
  matern32: (given: Stationary): Kernel => {
    const { lengthscale, amplitude = 1 } = checked("matern32", given, ["lengthscale"])
    return (a, b) => {
      const r = tf.mul(Math.sqrt(3), distance(a, b, lengthscale))
      return scaled(amplitude, tf.mul(tf.add(1, r), tf.exp(tf.neg(r))))
    }
  },
  /** amplitude² (1 + √5 r + 5r²/3) exp(−√5 r): paths with two derivatives */
  matern52: (given: Stationary): Kernel => {
    const { lengthscale, amplitude = 1 } = checked("matern52", given, ["lengthscale"])
    return (a, b) => {
      const r = tf.mul(Math.sqrt(5), distance(a, b, lengthscale))
      return scaled(amplitude, tf.mul(tf.add(tf.add(1, r), tf.div(tf.square(r), 3)), tf.exp(tf.neg(r))))
    }
  },
  /** amplitude² exp(−2 Σ sin²(π (a − b)/period)/lengthscale²): paths that repeat (MacKay 1998) */
  periodic: (given: Stationary & { readonly period: Param }): Kernel => {
    const { lengthscale, period, amplitude = 1 } = checked("periodic", given, ["lengthscale", "period"])
    return (a, b) => {
      const waves = tf.div(tf.sin(tf.mul(Math.PI, tf.div(differences(a, b), period))), lengthscale)
      return scaled(amplitude, tf.exp(tf.mul(-2, tf.sum(tf.square(waves), -1))))
    }
  },
  /** amplitude² (a − center)·(b − center): straight lines through `center` */
  linear: (given: { readonly amplitude?: Param; readonly center?: Param }): Kernel => {
    const { amplitude = 1, center = 0 } = checked("linear", given, [], ["center"])
    return (a, b) => scaled(amplitude, tf.matMul(tf.sub(a, center), tf.sub(b, center), false, true))
  }
} as const

/** The parameters of a kernel, checked by name: each is a number above 0 or a tensor; those named in `free` may be any number. */
const checked = <P extends object>(
  name: string,
  given: P,
  all: ReadonlyArray<string>,
  free: ReadonlyArray<string> = []
): P => {
  const where = `Kernel.${name}`
  for (const [parameter, value] of Object.entries(
    namedParameters(where, given, { all, also: ["amplitude", ...free] })
  )) {
    if (value === undefined) continue
    mustBeParameter(`${where}.${parameter}`, value)
    if (typeof value === "number") check(`${where}.${parameter}`, free.includes(parameter) ? "real" : "positive", value)
  }
  return given
}

const scaled = (amplitude: Param, correlation: tf.Tensor): tf.Tensor => tf.mul(tf.square(amplitude), correlation)

/** a − b for every pair of points, [n, m, d]. */
const differences = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const [n = 1, d = 1] = a.shape
  const [m = 1] = b.shape
  return tf.sub(tf.reshape(a, [n, 1, d]), tf.reshape(b, [1, m, d]))
}

const squaredDistance = (a: tf.Tensor, b: tf.Tensor, lengthscale: Param): tf.Tensor =>
  tf.sum(tf.square(tf.div(differences(a, b), lengthscale)), -1)

/** √(r² + 1e-12), whose derivative at a point's distance from itself is 0 and not NaN. */
const distance = (a: tf.Tensor, b: tf.Tensor, lengthscale: Param): tf.Tensor =>
  tf.sqrt(tf.add(squaredDistance(a, b, lengthscale), 1e-12))
