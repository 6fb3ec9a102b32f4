import * as tf from "@tensorflow/tfjs"
import { type Key, uniform } from "../tensor/random.ts"
import { insideOf } from "../tensor/special/insideOf.ts"
import type { Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"

type Boolean<S extends Shape> = Dist<S, "boolean", "score" | "enumerable", "Bernoulli"> &
  Has<S, "entropy" | "mode" | "supportValues">
type Soft<S extends Shape> = Dist<S, "unitInterval", never, "Bernoulli">

const constraints = { logits: "real", probs: "probability" } as const

/**
 * A coin of log odds `logits`, log p(x) = x·logits − log(1 + exp(logits)) for x ∈ {0, 1}.
 *
 * With `soft: true` the same formula is taken for x in [0, 1]: the cross-entropy of the VAE tutorials. That is not a density on [0, 1]
 * (it does not integrate to 1), so it is asked for by name; `Data.binarize` makes grey data boolean.
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
export function Bernoulli({
  logits,
  probs,
  soft = false
}: {
  readonly logits?: Param
  readonly probs?: Param
  readonly soft?: boolean
}): Dist {
  const logOdds = (): tf.Tensor | number => logits ?? logOddsOf(probs ?? 0.5)
  const probability = (): tf.Tensor => tf.sigmoid(logOdds())
  const family = {
    family: "Bernoulli",
    shape: shapeOfParameters("Bernoulli", constraints, { logits, probs }),
    constraints,
    parameters: () => ({ logits: logOdds() }),
    logDensity: (x: tf.Tensor) => tf.sub(tf.mul(x, logOdds()), tf.softplus(logOdds())),
    draw: (key: Key, size: Shape) => tf.cast(tf.less(uniform(key, size), probability()), "float32"),
    mean: probability,
    variance: () => tf.mul(probability(), tf.sigmoid(tf.neg(logOdds())))
  } as const
  if (soft) {
    const remark = "cross-entropy with soft targets: not a density on [0,1]"
    return fromFamily({ ...family, support: "unitInterval", gradients: [], remark })
  }
  return fromFamily({
    ...family,
    logDensity: (x: tf.Tensor) => tf.add(family.logDensity(x), insideOf(x, 0, 1, { integer: true })),
    support: "boolean",
    gradients: ["score", "enumerable"],
    entropy: () => {
      const certainty = tf.abs(logOdds())
      return tf.add(tf.softplus(tf.neg(certainty)), tf.mul(certainty, tf.sigmoid(tf.neg(certainty))))
    },
    mode: () => tf.cast(tf.greater(logOdds(), 0), "float32"),
    supportValues: () => tf.tensor1d([0, 1])
  })
}

const logOddsOf = (probs: Param): tf.Tensor | number =>
  typeof probs === "number" ? Math.log(probs) - Math.log1p(-probs) : tf.sub(tf.log(probs), tf.log1p(tf.neg(probs)))
