import * as tf from "@tensorflow/tfjs"
import type { Dist } from "../../../../src/dist/Dist.ts"
import { closedKl } from "../../../../src/dist/divergence/kl.ts"
import { Key } from "../../../../src/tensor/random.ts"
import { compute, scalar } from "../../../support/onCpu.ts"

/** KL(q‖p) in closed form. */
export const kl = (q: Dist, p: Dist): number => scalar(() => closedKl(q, p) ?? missing(q, p))

/** Independent estimates of KL(q‖p), each from 100 draws: what `klMonteCarlo` gives for the first lanes of a key, in one go. */
export const monteCarlo = (q: Dist, p: Dist, lanes = 40): ReadonlyArray<number> => {
  const { values } = compute(() => {
    const x = q.iid(100).iid(lanes).sample(Key.of(1, "kl"))
    const [ours, theirs] = [q, p].map((dist) => tf.sum(dist.logDensity(x).reshape([lanes, 100, -1]), -1)) as [
      tf.Tensor,
      tf.Tensor
    ]
    return tf.mean(tf.sub(ours, theirs), 1)
  })
  return [...values]
}

const missing = (q: Dist, p: Dist): never => {
  throw new Error(`the table has no closed form for KL(${q.family} ‖ ${p.family})`)
}
