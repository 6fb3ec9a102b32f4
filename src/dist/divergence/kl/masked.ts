import * as tf from "@tensorflow/tfjs"
import type { Dist } from "../../Dist.ts"

type Parameters = ReturnType<Dist["parameters"]>

/** A pair of families, less the masks that both have. */
export type Unmasked<Q extends string, P extends string> = [Q, P] extends [`Masked(${infer A})`, `Masked(${infer B})`]
  ? Unmasked<A, B>
  : `${Q}‖${P}`

export const unmasked = (q: string, p: string): `${string}‖${string}` => {
  const [a, b] = [masked.exec(q)?.[1], masked.exec(p)?.[1]]
  return a === undefined || b === undefined ? `${q}‖${p}` : unmasked(a, b)
}

const masked = /^Masked\((.*)\)$/

/** A divergence by closed form has to count the same events on both sides: the two masks are one tensor. */
export const sameMask = (q: Parameters, p: Parameters): boolean => q["mask"] === p["mask"]

/** What of a divergence counts. */
export const underMask = (kl: tf.Tensor, { mask }: Parameters): tf.Tensor =>
  mask === undefined ? kl : tf.mul(kl, mask)
