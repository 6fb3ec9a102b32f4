import * as tf from "@tensorflow/tfjs"
import { SupportViolation } from "../Errors.ts"
import { uniform } from "../tensor/random.ts"
import type { Param, Shape, ShapeOf } from "../tensor/Tensor.ts"
import { type Dist, fromFamily, jointShape } from "./Dist.ts"

type Boolean<S extends Shape> = Dist<S, "boolean", "score" | "enumerable">
type Soft<S extends Shape> = Dist<S, "unitInterval", never>

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
export function Bernoulli(parameters: {
  readonly logits?: Param
  readonly probs?: Param
  readonly soft?: boolean
}): Dist {
  const soft = parameters.soft === true
  requireProbability(parameters.probs)
  const probability = (): tf.Tensor => tf.sigmoid(logitsOf(parameters))
  return fromFamily({
    family: "Bernoulli",
    shape: jointShape("Bernoulli", parameters.logits ?? parameters.probs ?? 0, 0),
    support: soft ? "unitInterval" : "boolean",
    gradients: soft ? [] : ["score", "enumerable"],
    parameters: () => ({ logits: logitsOf(parameters) }),
    ...(soft ? { remark: "cross-entropy with soft targets: not a density on [0,1]" } : {}),
    logDensity: (x) => {
      const logits = logitsOf(parameters)
      return tf.sub(tf.mul(x, logits), tf.softplus(logits))
    },
    draw: (key, size) => tf.cast(tf.less(uniform(key, size), probability()), "float32"),
    mean: probability,
    variance: () => tf.mul(probability(), tf.sigmoid(tf.neg(logitsOf(parameters))))
  })
}

const logitsOf = ({ logits, probs = 0.5 }: { readonly logits?: Param; readonly probs?: Param }): tf.Tensor | number =>
  logits ??
  (typeof probs === "number" ? Math.log(probs) - Math.log1p(-probs) : tf.sub(tf.log(probs), tf.log1p(tf.neg(probs))))

const requireProbability = (probs: Param | undefined): void => {
  if (typeof probs === "number" && !(probs > 0 && probs < 1)) {
    throw new SupportViolation({
      site: "Bernoulli.probs",
      support: "unitInterval",
      actual: `it is ${probs}`,
      advice: "Give a number strictly between 0 and 1."
    })
  }
}
