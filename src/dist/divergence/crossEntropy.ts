import * as tf from "@tensorflow/tfjs"
import { NoClosedForm } from "../../Errors.ts"
import { type Refused, type Tensor, typed } from "../../tensor/Tensor.ts"
import { formsOf } from "../combine/copies.ts"
import type { Product } from "../combine/Product.ts"
import type { Dist, Has } from "../Dist.ts"
import type { InTable } from "./kl/listed.ts"
import { ofPair } from "./kl/pair.ts"
import { closedKl } from "./kl.ts"

/** `unknown` for a distribution whose entropy has a closed form; otherwise the problem in words. */
type WithEntropy<Q extends Dist | Product> = [Q] extends [Dist]
  ? Q extends Has<Q["shape"], "entropy">
    ? unknown
    : Refused<`${Q["family"]} has no entropy in closed form`>
  : [Q] extends [Product<infer A>]
    ? [Without<A>] extends [never]
      ? unknown
      : Refused<`no entropy in closed form for ${Without<A>}`>
    : never
/** The factors of a product that have no entropy in closed form. */
type Without<A extends Product["factors"]> = {
  readonly [K in keyof A & string]: "entropy" extends keyof A[K] ? never : `${K}, ${A[K]["family"]}`
}[keyof A & string]

/**
 * The cross-entropy −E_q[log p(x)] in nats, in closed form, as the sum of the entropy of q and the divergence KL(q‖p). It is the expected length of a
 * code made for p, used on draws from q. It compiles only if both parts have a closed form. For a {@link Delta} it is −log p at its value. Products
 * are treated as in {@link klDivergence}.
 *
 * @example
 * ```ts
 * crossEntropy(Bernoulli({ probs: 0.25 }), Bernoulli({ probs: 0.5 })) // => Math.LN2
 * crossEntropy(Delta(2, "positive"), Exponential(3)) // => 6 - Math.log(3)
 * ```
 * @throws ShapeMismatch when the two distributions are of values of different shape; NoClosedForm when only other parameters of the two families have
 *   a closed form
 */
export const crossEntropy = <Q extends Dist | Product, P extends Dist | Product>(
  q: Q & WithEntropy<Q>,
  p: P & InTable<"KL", Q, P>
): Tensor<readonly []> => ofPair(closedCrossEntropy, "KL", q, p)

const closedCrossEntropy = (q: Dist, p: Dist): Tensor<readonly []> | undefined => {
  const divergence = closedKl(q, p)
  if (divergence === undefined) return undefined
  const { entropy } = formsOf(q)
  if (entropy === undefined)
    throw new NoClosedForm({
      of: `the entropy of ${q.family}`,
      reason: "",
      advice: "average −p.logProb over draws of q"
    })
  return typed(tf.add(entropy(), divergence))
}
