import * as tf from "@tensorflow/tfjs"
import { NoClosedForm } from "../../Errors.ts"
import { type Refused, type Tensor, typed } from "../../tensor/Tensor.ts"
import { formsOf } from "../combine/copies.ts"
import type { Product } from "../combine/Product.ts"
import type { Dist, Has } from "../Dist.ts"
import type { InTable } from "./kl/listed.ts"
import { ofPair } from "./kl/pair.ts"
import { closedKl } from "./kl.ts"

/** `unknown` for what has an entropy in closed form; otherwise what is wrong, in words. */
type WithEntropy<Q extends Dist | Product> = [Q] extends [Dist]
  ? Q extends Has<Q["shape"], "entropy">
    ? unknown
    : Refused<`${Q["family"]} has no entropy in closed form`>
  : [Q] extends [Product<infer A>]
    ? [Without<A>] extends [never]
      ? unknown
      : Refused<`no entropy in closed form for ${Without<A>}`>
    : never
/** Those factors of a product that have no entropy. */
type Without<A extends Product["factors"]> = {
  readonly [K in keyof A & string]: "entropy" extends keyof A[K] ? never : `${K}, ${A[K]["family"]}`
}[keyof A & string]

/**
 * The cross-entropy −E_q[log p(x)] in nats, in closed form, as the entropy of q and the divergence KL(q‖p): what a code made for p spends on
 * draws from q. It compiles where both have a closed form. Of a {@link Delta} it is −log p at its value; products are as in {@link klDivergence}.
 *
 * @example
 * ```ts
 * crossEntropy(Bernoulli({ probs: 0.25 }), Bernoulli({ probs: 0.5 })) // => Math.LN2
 * crossEntropy(Delta(2, "positive"), Exponential(3)) // => 6 - Math.log(3)
 * ```
 * @throws ShapeMismatch when the two distributions are of values of different shape; NoClosedForm when only other parameters of the two families
 * have a closed form
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
