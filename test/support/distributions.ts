import * as tf from "@tensorflow/tfjs"
import type { Dist } from "../../src/dist/Dist.ts"
import { Key } from "../../src/tensor/random.ts"
import { numbers } from "./onCpu.ts"

/** `n` draws of a scalar distribution, all from one key. */
export const samples = (dist: Dist, n: number, key = Key.of(1, "samples")): Array<number> => {
  const draws = tf.tidy(() => [...numbers(dist.iid(n).sample(key)).values])
  if (draws.length !== n) throw new Error("the distribution is not of one number")
  return draws
}
