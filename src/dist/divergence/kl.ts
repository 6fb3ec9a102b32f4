import * as tf from "@tensorflow/tfjs"
import type { Key } from "../../tensor/random.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import type { Product } from "../combine/Product.ts"
import type { Dist } from "../Dist.ts"
import type { InTable } from "./kl/listed.ts"
import { sameMask } from "./kl/masked.ts"
import { atEvents, mustMatch, ofPair, overEvents, rowOf, withoutSharedTransform } from "./kl/pair.ts"
import { table } from "./kl/table.ts"
import { type ToAny, toAny } from "./kl/toAny.ts"

/**
 * The Kullback–Leibler divergence KL(q‖p) = E_q[log q(x) − log p(x)] in nats, in closed form. A pair of families without one does not compile. For
 * two products of the same names it is the sum of the factors' divergences. For two distributions under one mask it is the sum over the events where
 * the mask is 1. For two distributions under the same transform it is the divergence of their bases.
 *
 * @example
 * ```ts
 * klDivergence(Normal(1, 1), Normal(0, 1)) // => 0.5
 * ```
 * @throws ShapeMismatch when the two distributions are of values of different shape; NoClosedForm when only other parameters of the two families have
 *   a closed form (two binomial distributions with different counts)
 */
export const klDivergence = <Q extends Dist | Product, P extends Dist | Product>(
  q: Q,
  p: P & InTable<"KL", Q, P>
): Tensor<readonly []> => ofPair(closedKl, "KL", q, p)

/**
 * An unbiased estimate of KL(q‖p) in nats for any two distributions of one shape: the mean of log q(x) − log p(x) over `n` draws from q.
 *
 * @example
 * ```ts
 * klMonteCarlo(LogNormal(0, 1), LogNormal(0, 1), Key.of(1), 100) // => 0
 * ```
 * @throws ShapeMismatch when the two distributions are of values of different shape; SupportViolation when n is not a whole number from 1
 */
export const klMonteCarlo = (q: Dist, p: Dist, key: Key, n: number): Tensor<readonly []> => {
  mustMatch("klMonteCarlo", q, p)
  const { value, logProb } = q.iid(n).sampleAndLogProb(key)
  return typed(tf.div(tf.sub(logProb, p.iid(n).logProb(value)), n))
}

/** Whether the tables contain a closed form for a pair. */
export const hasKl = (given: Dist, prior: Dist): boolean => {
  const [q, p] = withoutSharedTransform(given, prior)
  return q.family in toAny || (rowOf(table, q, p) !== undefined && sameMask(q.parameters(), p.parameters()))
}

/** KL(q‖p) in closed form, or `undefined` if there is none, for these families or for these parameters. It is for families that are known at run time only. */
export const closedKl = (given: Dist, prior: Dist): Tensor<readonly []> | undefined => {
  mustMatch("klDivergence", given, prior)
  const [q, p] = withoutSharedTransform(given, prior)
  const fromOne: Readonly<Record<string, ToAny>> = toAny
  const cross = fromOne[q.family]
  return cross === undefined ? overEvents(rowOf(table, q, p), q, p) : typed(cross(q, p))
}

/** The same for each event: one number for each position. It is also `undefined` for a family whose divergence is not a sum over events. */
export const klOfEvents = (given: Dist, prior: Dist): tf.Tensor | undefined => {
  mustMatch("klDivergence", given, prior)
  const [q, p] = withoutSharedTransform(given, prior)
  return q.family in toAny ? undefined : atEvents(rowOf(table, q, p), q, p)
}
