import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { normal } from "../../tensor/random.ts"
import type { Param, Tensor } from "../../tensor/Tensor.ts"
import { mustBeTensor, namedParameters } from "../arguments.ts"
import { shapeOfParameters } from "../Constraint.ts"
import { type Dist, fromFamily, type Has } from "../Dist.ts"
import { mustBeLength } from "./chain.ts"

/** An autoregression of order p, and its length. */
export interface Regression<T extends number> {
  /** φ, `[p]`: the weight of the last value, of the one before it, … */
  readonly coefficients: Tensor<readonly [number]>
  /** the standard deviation of the innovations, above 0 */
  readonly scale: Param<readonly []>
  /** the level around which the values fluctuate; 0 if left out */
  readonly loc?: Param<readonly []>
  readonly steps: T
}

const constraints = { coefficients: "real", scale: "positive", loc: "real" } as const

/**
 * A series in which each value regresses on the p values before it, xₜ − loc = Σⱼ φⱼ·(xₜ₋ⱼ − loc) + scale·εₜ with standard normal ε. Values before
 * the first are taken to be `loc`. log p(x) is the sum of the log densities of the innovations. The graph of a draw is as deep as log₂ of the number
 * of steps.
 *
 * @throws ShapeMismatch when the coefficients are not a vector; SupportViolation when the scale is a number not above 0, or `steps` is not a whole
 *   number from 1
 * @example
 * ```ts
 * const walk = Autoregressive({ coefficients: Tensor.of([1], tf.tensor1d([0.5])), scale: 1, steps: 3 })
 * walk.logProb(tf.tensor1d([1, 0.5, 0.25])) // => -0.5 - 3 * 0.918938533
 * walk.variance() // => [1, 1.25, 1.3125]
 * ```
 */
export const Autoregressive = <const T extends number>(
  given: Regression<T>
): Dist<readonly [T], "real", "reparameterized" | "score", "Autoregressive"> &
  Has<readonly [T], "entropy" | "mode"> => {
  const {
    coefficients,
    scale,
    loc = 0,
    steps
  } = namedParameters("Autoregressive", given, { all: ["coefficients", "scale", "steps"], also: ["loc"] })
  mustBeLength("Autoregressive", steps)
  mustBeTensor("Autoregressive.coefficients", coefficients)
  mustBeVector(coefficients)
  shapeOfParameters("Autoregressive", constraints, { scale, loc })
  const logScale = (): tf.Tensor => tf.log(scale)
  return fromFamily({
    family: "Autoregressive",
    shape: [steps],
    eventRank: 1,
    support: "real",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ coefficients, scale, loc }),
    logDensity: (x) => {
      const innovations = tf.div(innovationsOf(coefficients, tf.sub(x, loc)), scale)
      const constant = tf.mul(steps, tf.add(logScale(), 0.5 * Math.log(2 * Math.PI)))
      return tf.sub(tf.mul(-0.5, tf.sum(tf.square(innovations), -1)), constant)
    },
    draw: (key, size) => tf.add(loc, tf.mul(scale, respond(coefficients, normal(key, size)))),
    mean: () => loc,
    variance: () => {
      const response = respond(coefficients, tf.tensor1d(Array.from({ length: steps }, (_, t) => (t === 0 ? 1 : 0))))
      return tf.mul(tf.square(scale), tf.cumsum(tf.square(response)))
    },
    entropy: () => tf.mul(steps, tf.add(logScale(), 0.5 * Math.log(2 * Math.PI * Math.E))),
    mode: () => loc
  })
}

const mustBeVector = ({ shape }: Tensor): void => {
  if (shape.length === 1 && shape[0] !== 0) return
  throw new ShapeMismatch({
    site: undefined,
    where: "Autoregressive",
    expected: [1],
    actual: shape,
    advice: "Give a vector of coefficients, that of the last value first."
  })
}

/** yₜ − Σⱼ φⱼ·yₜ₋ⱼ, with zeros before the first. */
const innovationsOf = (coefficients: tf.Tensor, y: tf.Tensor): tf.Tensor => {
  const [p = 0, steps = 1] = [coefficients.shape[0], y.shape.at(-1)]
  const lead = y.shape.slice(0, -1)
  const padded = tf.concat([tf.zeros([...lead, p]), y], -1)
  const back = (lag: number): tf.Tensor => tf.slice(padded, [...lead.map(() => 0), p - lag], [...lead, steps])
  return Array.from({ length: p }, (_, j) => tf.mul(tf.slice(coefficients, [j], [1]), back(j + 1))).reduce(
    (rest, part) => tf.sub(rest, part),
    y
  )
}

/**
 * The series of which these are the innovations. With rows sₜ = (yₜ, …, yₜ₋ₚ₊₁), sₜ = sₜ₋₁·M + (eₜ, 0, …) = Σᵢ eₜ₋ᵢ·e₁Mⁱ. The sums are computed over
 * lengths 1, 2, 4, …
 */
const respond = (coefficients: tf.Tensor, innovations: tf.Tensor): tf.Tensor => {
  const [p = 1, steps = 1] = [coefficients.shape[0], innovations.shape.at(-1)]
  const lead = innovations.shape.slice(0, -1)
  const column = tf.reshape(coefficients, [p, 1])
  const start = tf.expandDims(innovations, -1)
  let move = p === 1 ? column : tf.concat([column, tf.eye(p, p - 1)], 1)
  let rows = p === 1 ? start : tf.concat([start, tf.zeros([...lead, steps, p - 1])], -1)
  for (let length = 1; length < steps; length *= 2) {
    const earlier = tf.slice(rows, [...rows.shape.map(() => 0)], [...lead, steps - length, p])
    const moved = tf.reshape(tf.matMul(tf.reshape(earlier, [-1, p]), move), [...lead, steps - length, p])
    rows = tf.add(rows, tf.concat([tf.zeros([...lead, length, p]), moved], -2))
    move = tf.matMul(move, move)
  }
  return tf.reshape(tf.slice(rows, [...rows.shape.map(() => 0)], [...lead, steps, 1]), [...lead, steps])
}
