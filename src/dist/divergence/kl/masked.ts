import * as tf from "@tensorflow/tfjs"
import type { Dist } from "../../Dist.ts"

type Parameters = ReturnType<Dist["parameters"]>

/** A pair of families, without the masks that both have. */
export type Unmasked<Q extends string, P extends string> = [Q, P] extends [`Masked(${infer A})`, `Masked(${infer B})`]
  ? Unmasked<A, B>
  : `${Q}‖${P}`

export const unmasked = (q: string, p: string): `${string}‖${string}` => {
  const [a, b] = [masked.exec(q)?.[1], masked.exec(p)?.[1]]
  return a === undefined || b === undefined ? `${q}‖${p}` : unmasked(a, b)
}

const masked = /^Masked\((.*)\)$/

/** A divergence in closed form needs the same events on both sides: both masks must be the same tensor. */
export const sameMask = (q: Parameters, p: Parameters): boolean => q["mask"] === p["mask"]

/** A divergence over the events where the mask is 1. */
export const underMask = (kl: tf.Tensor, { mask }: Parameters): tf.Tensor =>
  mask === undefined ? kl : tf.mul(kl, mask)
