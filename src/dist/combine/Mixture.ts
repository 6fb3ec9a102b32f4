import * as tf from "@tensorflow/tfjs"
import { Key } from "../../tensor/random.ts"
import { exactLog } from "../../tensor/special/tails.ts"
import { constantOf, withGradient } from "../../tensor/special/withGradient.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { type Dist, fromFamily, type Gradient, type Has, type Tails } from "../Dist.ts"
import { greatest, insidePositive } from "../formula/inside.ts"
import { sharesOf } from "../formula/label.ts"
import { kindOf } from "../Support.ts"
import {
  type Compatible,
  type Components,
  type CountOf,
  type EventOf,
  type HaveCdf,
  type NameOf,
  partsOf,
  type ScoreOf,
  type SupportOf
} from "./Components.ts"
import { leadOf } from "./copies.ts"
import { choose, logAverage, logWeights, mustHaveWeights, type Weights, weighted } from "./weights.ts"

/** A mixture's gradients: by the score function, and, if the components are densities of a number with a cdf, also through the draw. */
type GradientOf<C extends Components> =
  | ScoreOf<C>
  | ([ScoreOf<C>] extends [never] ? never : HaveCdf<C> extends true ? "implicit" : never)

type MixtureOf<C extends Components> = Dist<EventOf<C>, SupportOf<C>, GradientOf<C>, NameOf<"Mixture", C>> &
  (HaveCdf<C> extends true ? Has<EventOf<C>, Tails> : unknown)

/**
 * One of k distributions, drawn anew for each value: log p(x) = log Σₖ πₖ·pₖ(x) with π = softmax(logits).
 *
 * A whole value comes from one component. A mixture of `Normal(locs, 1)` with `locs` of shape [k, 20] is one of k clouds in 20 dimensions, and
 * `Mixture(…).iid(20)` of components of shape [k] are 20 independent mixtures. If the components are densities of a number with a cdf, draws have the
 * gradient of implicit reparameterization, ∂z/∂φ = −(∂F/∂φ)(z)/p(z) (Figurnov, Mohamed and Mnih 2018, section 3.1).
 *
 * @param weights unnormalised log probabilities `logits`, `[k]`; or `probs`, which are divided by their sum
 * @param components one distribution of shape [k, …]; or a list of k distributions of one shape, of which one has a support that contains the others
 * @throws ShapeMismatch when the number of weights is not k, or the components differ in shape; SupportViolation when no support contains the others
 * @example
 * ```ts
 * const clusters = Mixture({ probs: Tensor.of([2], tf.tensor1d([0.25, 0.75])) }, Normal(Tensor.of([2], tf.tensor1d([-4, 4])), 1))
 * clusters.mean() // => 2
 * const outliers = Mixture({ logits: Tensor.of([2], tf.tensor1d([3, 0])) }, [Normal(0, 1), Laplace(0, 10)])
 * outliers.mean() // => 0
 * ```
 */
export function Mixture<const C extends Components>(
  weights: Weights<CountOf<C>>,
  components: C & Compatible<C>
): MixtureOf<C>
export function Mixture(weights: Weights, components: Components): Dist {
  const parts = partsOf("Mixture", components)
  const { shape } = parts
  mustHaveWeights("Mixture", weights, parts.count)
  const logProbs = (): tf.Tensor => logWeights(weights)
  const average = (values: tf.Tensor): tf.Tensor => weighted(sharesOf(weights).probs, values, shape.length)
  const logDensity = (x: tf.Tensor): tf.Tensor => logAverage(weights, parts.logDensity(x))
  const select = (key: Key, size: Shape): tf.Tensor => {
    const lead = leadOf(parts, size)
    const chosen = choose(logProbs(), Key.fork(key, "component"), lead)
    return weighted(chosen, parts.draw(Key.fork(key, "value"), lead), shape.length)
  }
  const gradients: ReadonlyArray<Gradient> = parts.scored ? ["score"] : []
  const family = {
    family: parts.name,
    shape,
    eventRank: shape.length,
    support: parts.support,
    constraints: { logits: "real", probs: "simplex" },
    parameters: () => ({ logProbs: logProbs() }),
    logDensity,
    mean: () => average(parts.mean()),
    variance: () => {
      // a component of infinite mean has an infinite variance; the others' distances from it would be NaN
      const means = tf.clipByValue(parts.mean(), -greatest, greatest)
      const first = tf.slice(
        means,
        means.shape.map(() => 0),
        [1, ...means.shape.slice(1)]
      )
      const center = tf.add(first, average(tf.sub(means, first)))
      return average(tf.add(parts.variance(), tf.square(tf.sub(means, center))))
    }
  } as const
  const { tails } = parts
  if (tails === undefined || shape.length > 0 || kindOf[parts.support] === "mass")
    return fromFamily({ ...family, gradients, draw: select })
  const cdf = (x: tf.Tensor): tf.Tensor => average(tails.cdf(x))
  const over = (form: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => logAverage(weights, form(x))
  const [logLeft, logRight] = [over(tails.logCdf), over(tails.logSurvival)]
  return fromFamily({
    ...family,
    gradients: parts.scored ? ["implicit", "score"] : [],
    draw: (key, size) => {
      const value = select(key, size)
      const at = constantOf(value)
      const density = insidePositive(constantOf(tf.exp(logDensity(at))))
      return withGradient(value, tf.neg(tf.div(cdf(at), density)))
    },
    cdf,
    logCdf: (x) => exactLog(logLeft(x), logRight(x)),
    logSurvival: (x) => exactLog(logRight(x), logLeft(x))
  })
}
