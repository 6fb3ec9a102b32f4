import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../Errors.ts"
import { gumbelNoise } from "../tensor/draws/categorical.ts"
import { uniform } from "../tensor/random.ts"
import { densityInside, insideOf } from "../tensor/special/insideOf.ts"
import { logSumExp } from "../tensor/special/logSumExp.ts"
import { logMass } from "../tensor/special/masses.ts"
import type { Param, Shape, ShapeOf, Tensor } from "../tensor/Tensor.ts"
import { mustBeParameter, namedParameters } from "./arguments.ts"
import { check, shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily } from "./Dist.ts"
import { normalised } from "./formula/label.ts"
import { relaxedMoments } from "./formula/relaxedMoments.ts"

type Vectors = readonly [number, ...Shape]
type Relaxed<S extends Shape> = Dist<S, "simplex", "reparameterized" | "score", "RelaxedOneHotCategorical">

const constraints = { temperature: "positive", logits: "real", probs: "simplex" } as const

/** Unnormalised log probabilities, or probabilities, of the labels. */
interface Labels {
  readonly logits?: Tensor
  readonly probs?: Tensor
}

/**
 * A continuous relaxation of one of n labels, the Concrete or Gumbel-softmax distribution: x = softmax((logits + g)/temperature) with Gumbel noise g.
 * The position of the largest number of x is a label of probabilities softmax(logits). With vᵢ = logitsᵢ − temperature·log xᵢ, log p(x) = log (n −
 * 1)! + (n − 1)·log temperature + Σᵢ log softmax(v)ᵢ − Σᵢ log xᵢ, a density for the first n − 1 numbers.
 *
 * Numbers below 2⁻¹²⁰ are moved up to it; below a temperature of about 0.1 many are. Mean and variance are computed by quadrature, for temperatures
 * up to 5.
 *
 * Maddison, Mnih and Teh 2017, equation 10; Jang, Gu and Poole 2017.
 *
 * @param temperature above 0: number or scalar
 * @param labels `logits`, unnormalised log probabilities, `[…, n]`; or `probs`, which are divided by their sum along the last dimension
 * @throws ShapeMismatch when the labels are a single number, or the temperature is not; SupportViolation when the temperature is a number not above 0
 * @example
 * ```ts
 * const label = RelaxedOneHotCategorical(1, { logits: Tensor.of([3], tf.zeros([3])) })
 * label.logProb(tf.tensor1d([0.2, 0.3, 0.5])) // => Math.log(2) - 2 * Math.log(0.03) - 3 * Math.log(31 / 3)
 * label.mean() // => [1 / 3, 1 / 3, 1 / 3]
 * ```
 */
export function RelaxedOneHotCategorical<const A extends Tensor<Vectors>>(
  temperature: Param<readonly []>,
  labels: { readonly logits: A }
): Relaxed<ShapeOf<A>>
export function RelaxedOneHotCategorical<const A extends Tensor<Vectors>>(
  temperature: Param<readonly []>,
  labels: { readonly probs: A }
): Relaxed<ShapeOf<A>>
export function RelaxedOneHotCategorical(temperature: Param<readonly []>, labels: Labels): Relaxed<Shape> {
  const shape = shapeOfLabels("RelaxedOneHotCategorical", temperature, labels)
  const n = shape.at(-1) ?? 1
  const constant = Array.from({ length: n - 1 }, (_, i) => Math.log(i + 1)).reduce((sum, x) => sum + x, 0)
  const logits = (): tf.Tensor => logitsOf(labels)
  const moments = (): readonly [tf.Tensor, tf.Tensor] => relaxedMoments(logits(), temperature)
  return fromFamily({
    family: "RelaxedOneHotCategorical",
    shape,
    eventRank: 1,
    support: "simplex",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ temperature, logits: logits() }),
    logDensity: (given) => {
      const logs = tf.log(clip(given))
      const v = tf.sub(logits(), tf.mul(temperature, logs))
      const sum = tf.sum(tf.sub(tf.sub(v, logSumExp(v, -1, true)), logs), -1)
      const inside = tf.sum(insideOf(given, 0, 1), -1)
      return densityInside(tf.add(sum, tf.add(tf.mul(n - 1, tf.log(temperature)), constant)), inside, 0, 0)
    },
    draw: (key, size) => relaxed(temperature, logits(), uniform(key, size)),
    mean: () => moments()[0],
    variance: () => {
      const [mean, square] = moments()
      return tf.sub(square, tf.square(mean))
    }
  })
}

/** The relaxed labels as a function of uniform noise. */
export const relaxed = (temperature: Param, logits: tf.Tensor, u: tf.Tensor): tf.Tensor =>
  clip(tf.softmax(tf.div(tf.add(logits, gumbelNoise(u)), temperature)))

/** Log probabilities, from `logits` or `probs`. */
export const logitsOf = ({ logits, probs }: Labels): tf.Tensor => {
  const weights = probs === undefined ? logits : logMass(probs)
  return weights === undefined ? tf.zeros([1]) : normalised(weights)
}

/** The checked shape of the labels' vectors, with a temperature of one number. */
export const shapeOfLabels = (family: string, temperature: Param, labels: Labels): Shape => {
  const { logits, probs } = namedParameters(family, labels, { oneOf: ["logits", "probs"] })
  mustBeParameter(`${family}.temperature`, temperature)
  if (typeof temperature === "number") check(`${family}.temperature`, constraints.temperature, temperature)
  else if (temperature.shape.length > 0)
    throw mismatch(family, [], temperature.shape, "Give one temperature, a number or a scalar.")
  const shape = shapeOfParameters(family, constraints, { logits, probs })
  if (shape.length === 0) throw mismatch(family, [2], [], "Give a vector with a number for each label.")
  return shape
}

const clip = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, 2 ** -120, 1)

const mismatch = (where: string, expected: Shape, actual: Shape, advice: string): ShapeMismatch =>
  new ShapeMismatch({ site: undefined, where, expected, actual, advice })
