import * as tf from "@tensorflow/tfjs"
import { type Key, uniform } from "../tensor/random.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { xlog1py, xlogy } from "../tensor/special/logs.ts"
import { coinLogMass, timesLog } from "../tensor/special/masses.ts"
import type { Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { type Coin, coinOf, logOddsOf, type Odds } from "./Odds.ts"

type Boolean<S extends Shape> = Dist<S, "boolean", "score" | "enumerable", "Bernoulli"> &
  Has<S, "entropy" | "mode" | "supportValues">
type Soft<S extends Shape> = Dist<S, "unitInterval", never, "Bernoulli">

const constraints = { logits: "real", probs: "probability" } as const

/**
 * A coin of log odds `logits`, log p(x) = x·logits − log(1 + exp(logits)) for x ∈ {0, 1}.
 *
 * With `soft: true` the same formula is used for x in [0, 1]: the cross-entropy of the VAE tutorials. It is not a density on [0, 1], because it does
 * not integrate to 1, so you must ask for it by name. `Data.binarize` makes grey data boolean.
 *
 * @param logits log odds; or `probs`, the probability of 1, strictly between 0 and 1
 * @example
 * ```ts
 * Bernoulli({ probs: 0.25 }).logProb(tf.scalar(1)) // => Math.log(0.25)
 * Bernoulli({ logits: 0, soft: true }).logProb(tf.scalar(0.3)) // => Math.log(0.5)
 * ```
 * @throws SupportViolation when `probs` is a number outside (0, 1)
 */
export function Bernoulli<const A extends Param>(parameters: {
  readonly logits: A
  readonly soft?: false
}): Boolean<ShapeOf<A>>
export function Bernoulli<const A extends Param>(parameters: {
  readonly logits: A
  readonly soft: true
}): Soft<ShapeOf<A>>
export function Bernoulli<const A extends Param>(parameters: { readonly probs: A }): Boolean<ShapeOf<A>>
export function Bernoulli(given: Odds & { readonly soft?: boolean }): Dist {
  const {
    logits,
    probs,
    soft = false
  } = namedParameters("Bernoulli", given, { oneOf: ["logits", "probs"], also: ["soft"] })
  const coin = (): Coin => coinOf(given)
  /** x log π + (1 − x) log(1 − π) */
  const byProbs = (x: tf.Tensor, probs: Param): tf.Tensor =>
    tf.add(xlogy(x, probs), xlog1py(tf.sub(1, x), typeof probs === "number" ? -probs : tf.neg(probs)))
  const family = {
    family: "Bernoulli",
    shape: shapeOfParameters("Bernoulli", constraints, { logits, probs }),
    constraints,
    parameters: () => ({ logits: logOddsOf(given), ...coin() }),
    draw: (key: Key, size: Shape) => tf.cast(tf.less(uniform(key, size), coin().yes), "float32"),
    mean: () => coin().yes,
    variance: () => tf.mul(coin().yes, coin().no)
  } as const
  if (soft) {
    const remark = "cross-entropy with soft targets: not a density on [0,1]"
    const logDensity = (x: tf.Tensor): tf.Tensor =>
      probs === undefined ? tf.sub(tf.mul(x, logits), tf.softplus(logits)) : byProbs(x, probs)
    return fromFamily({ ...family, logDensity, support: "unitInterval", gradients: [], remark, noBound: true })
  }
  return fromFamily({
    ...family,
    logDensity: (x: tf.Tensor) =>
      densityInside(probs === undefined ? coinLogMass(x, logits) : byProbs(x, probs), x, 0, 1, { integer: true }),
    support: "boolean",
    gradients: ["score", "enumerable"],
    entropy: () => {
      const { yes, no, logYes, logNo } = coin()
      if (probs !== undefined) return tf.neg(tf.add(timesLog(yes, logYes), timesLog(no, logNo)))
      const certainty = tf.abs(logits)
      return tf.add(tf.softplus(tf.neg(certainty)), timesLog(tf.sigmoid(tf.neg(certainty)), certainty))
    },
    mode: () => tf.cast(probs === undefined ? tf.greater(logits, 0) : tf.greater(probs, 0.5), "float32"),
    supportValues: () => tf.tensor1d([0, 1])
  })
}
