import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import type { Product } from "../combine/Product.ts"
import type { Dist } from "../Dist.ts"
import type { InTable } from "./kl/listed.ts"
import { mustMatch, ofPair, overEvents, rowOf, withoutSharedTransform } from "./kl/pair.ts"
import { closedKl } from "./kl.ts"
import { renyiTable } from "./renyi/table.ts"

/**
 * Rényi's divergence of order α, D_α(q‖p) = log(∫ q(x)^α p(x)^(1−α) dx)/(α − 1) in nats, in closed form. It does not decrease with α, is KL(q‖p) at α
 * = 1, and twice Bhattacharyya's distance at α = ½ (van Erven and Harremoës, "Rényi divergence and Kullback–Leibler divergence", 2014). For α > 1 it
 * is infinite if the tails of q are so heavy, compared with those of p, that the integral diverges. A pair of families without a closed form does not
 * compile. Products, masks and transforms are treated as in {@link klDivergence}.
 *
 * @param alpha the order, above 0
 * @example
 * ```ts
 * renyiDivergence(Normal(1, 1), Normal(0, 1), 2) // => 1
 * renyiDivergence(Normal(0, 2), Normal(0, 1), 2) // => Infinity
 * ```
 * @throws InvalidOption when alpha is not above 0; ShapeMismatch when the two distributions are of values of different shape; NoClosedForm when only
 *   other parameters of the two families have a closed form (two binomial distributions with different counts)
 */
export const renyiDivergence = <Q extends Dist | Product, P extends Dist | Product>(
  q: Q,
  p: P & InTable<"D_α", Q, P>,
  alpha: number
): Tensor<readonly []> => {
  if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY))
    throw new InvalidOption({ option: "alpha", value: String(alpha), expected: "a number above 0" })
  return ofPair((a, b) => closedRenyi(a, b, alpha), "D_α", q, p)
}

/** D_α(q‖p) in closed form, or `undefined` for a pair that has none. An order that is 1 in float32 is 1. */
export const closedRenyi = (given: Dist, other: Dist, alpha: number): Tensor<readonly []> | undefined => {
  mustMatch("renyiDivergence", given, other)
  if (Math.fround(alpha) === 1) return closedKl(given, other)
  // D_α(q‖p) = α/(1 − α) D₁₋α(p‖q)
  if (alpha < 0.5) {
    const mirrored = closedRenyi(other, given, 1 - alpha)
    return mirrored && typed(tf.mul(alpha / (1 - alpha), mirrored))
  }
  const [q, p] = withoutSharedTransform(given, other)
  const form = rowOf(renyiTable, q, p)
  return overEvents(form && ((a, b) => form(a, b, alpha)), q, p)
}
