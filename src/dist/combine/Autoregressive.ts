import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { normal } from "../../tensor/random.ts"
import { scan } from "../../tensor/scan.ts"
import { type Param, type Tensor, typed } from "../../tensor/Tensor.ts"
import { mustBeTensor, namedParameters } from "../arguments.ts"
import { shapeOfParameters } from "../Constraint.ts"
import { type Dist, fromFamily, type Has } from "../Dist.ts"
import { mustBeLength, spread, stepsFirst, stepsLast } from "./chain.ts"

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
 * the first are taken to be `loc`. log p(x) is the sum of the log densities of the innovations. A draw is one recurrence of the engine.
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

/** The series of which these are the innovations, yₜ = eₜ + Σⱼ φⱼ·yₜ₋ⱼ: a recurrence over the last p values, the latest first. */
const respond = (coefficients: tf.Tensor, innovations: tf.Tensor): tf.Tensor => {
  const [p = 1] = coefficients.shape
  const lead = innovations.shape.slice(0, -1)
  const noise = stepsFirst(innovations, lead.length)
  const { ys } = scan({ before: spread(tf.zeros([p]), lead) }, { noise }, ({ before }, { noise }) => {
    const y = tf.add(noise as tf.Tensor, tf.sum(tf.mul(coefficients, before), -1))
    const latest = tf.concat([tf.expandDims(y, -1), before], -1)
    return {
      carry: {
        before: typed(
          tf.slice(
            latest,
            latest.shape.map(() => 0),
            [...lead, p]
          )
        )
      },
      y: { y: typed(y) }
    }
  })
  return stepsLast(ys.y, lead.length)
}
