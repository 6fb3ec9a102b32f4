import * as tf from "@tensorflow/tfjs"
import { uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { logit } from "../tensor/special/logs.ts"
import type { Alike, Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has, type Quantiles, type Tails } from "./Dist.ts"
import { logNo, logYes } from "./Odds.ts"

type Relaxed<S extends Shape> = Dist<S, "unitInterval", "reparameterized" | "score", "RelaxedBernoulli"> &
  Has<S, Tails | Quantiles>

const constraints = { temperature: "positive", logits: "real", probs: "probability" } as const

/** The log odds of a coin, from `logits` or `probs`. */
interface Odds {
  readonly logits?: Param
  readonly probs?: Param
}

/**
 * A continuous relaxation of a coin: x = sigmoid((logits + L)/temperature) with standard logistic L. Rounded to 0 or 1, x is a coin of log odds
 * `logits`; as the temperature goes to 0, x becomes that coin. With z = temperature·logit(x) − logits, log p(x) = log temperature − log x − log(1 −
 * x) + log sigmoid(z) + log sigmoid(−z).
 *
 * Float32 cannot hold draws closer to a bound than 2⁻¹²⁰ (at 0) or 6e-8 (at 1): these are moved to that distance. Below a temperature of about 0.2
 * many draws are. Mean and variance are computed by quadrature, for temperatures up to 10.
 *
 * Maddison, Mnih and Teh 2017, appendix B (BinConcrete); Jang, Gu and Poole 2017.
 *
 * @param temperature above 0: number, or a tensor of the value's shape
 * @param odds `logits`, log odds; or `probs`, the probability of 1, strictly between 0 and 1
 * @throws ShapeMismatch when the parameters differ in shape; SupportViolation when a number violates its constraint
 * @example
 * ```ts
 * RelaxedBernoulli(1, { logits: 0 }).logProb(tf.scalar(0.3)) // => 0
 * RelaxedBernoulli(0.5, { probs: 0.8 }).cdf(tf.scalar(0.5)) // => 0.2
 * ```
 */
export function RelaxedBernoulli<const T extends Param, const A extends Param>(
  temperature: T,
  odds: { readonly logits: A & Alike<T, A> }
): Relaxed<ShapeOf<T, A>>
export function RelaxedBernoulli<const T extends Param, const A extends Param>(
  temperature: T,
  odds: { readonly probs: A & Alike<T, A> }
): Relaxed<ShapeOf<T, A>>
export function RelaxedBernoulli(temperature: Param, odds: Odds): Relaxed<Shape> {
  const { logits, probs } = namedParameters("RelaxedBernoulli", odds, { oneOf: ["logits", "probs"] })
  const logOdds = (): tf.Tensor | number => logits ?? logit(probs ?? 0.5)
  const standard = (x: tf.Tensor): tf.Tensor => tf.sub(tf.mul(temperature, logit(x)), logOdds())
  return fromFamily({
    family: "RelaxedBernoulli",
    shape: shapeOfParameters("RelaxedBernoulli", constraints, { temperature, logits, probs }),
    support: "unitInterval",
    gradients: ["reparameterized", "score"],
    constraints,
    parameters: () => ({ temperature, logits: logOdds() }),
    logDensity: (given) => {
      const x = clip(given)
      const slopes = tf.add(tf.log(x), tf.log1p(tf.neg(x)))
      const density = tf.sub(tf.sub(tf.log(temperature), slopes), doubleSoftplus(standard(x)))
      return densityInside(density, given, 0, 1)
    },
    draw: (key, size) => relaxed(temperature, logOdds(), uniform(key, size)),
    mean: () => moment(temperature, logOdds(), () => 1),
    variance: () =>
      tf.sub(
        moment(temperature, logOdds(), (x) => tf.mul(2, x)),
        tf.square(moment(temperature, logOdds(), () => 1))
      ),
    cdf: (x) => tf.sigmoid(standard(clip(x))),
    logCdf: (x) => logYes(standard(clip(x))),
    logSurvival: (x) => logNo(standard(clip(x))),
    icdf: (u) => relaxed(temperature, logOdds(), u),
    icdfOfLogs: (logU, logRest) => clip(tf.sigmoid(tf.div(tf.add(tf.sub(logU, logRest), logOdds()), temperature)))
  })
}

/** The relaxed coin as a function of uniform noise. */
export const relaxed = (temperature: Param, logOdds: tf.Tensor | number, u: tf.Tensor): tf.Tensor =>
  clip(tf.sigmoid(tf.div(tf.add(logit(u), logOdds), temperature)))

const clip = (x: tf.Tensor): tf.Tensor => tf.clipByValue(x, 2 ** -120, 1 - 2 ** -24)

/** −log sigmoid(z) − log sigmoid(−z). */
const doubleSoftplus = (z: tf.Tensor): tf.Tensor => tf.add(tf.abs(z), tf.mul(2, tf.log1p(tf.exp(tf.neg(tf.abs(z))))))

/** E[g(x)] for a g with g(0) = 0, from its slope: ∫ g′(x)·P(X > x) dx, with x = sigmoid(y), by the trapezoid rule. */
const moment = (
  temperature: Param,
  logOdds: tf.Tensor | number,
  slope: (x: tf.Tensor) => tf.Tensor | number
): tf.Tensor => {
  const y = tf.tensor1d(nodes)
  const column = (x: tf.Tensor | number): tf.Tensor | number => (typeof x === "number" ? x : tf.expandDims(x, -1))
  const beyond = tf.sigmoid(tf.sub(column(logOdds), tf.mul(column(temperature), y)))
  const x = tf.sigmoid(y)
  return tf.sum(tf.mul(tf.mul(beyond, slope(x)), tf.mul(step, tf.mul(x, tf.sigmoid(tf.neg(y))))), -1)
}

const step = 1 / 8
const nodes = Array.from({ length: 577 }, (_, i) => (i - 288) * step)
