import * as tf from "@tensorflow/tfjs"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"

/** Where the parameters begin. */
export const at = { a: 0.4, b: 0.5, c: -0.3, w: 0.6 }
export type Parameters = typeof at

/** `top` coins above `middle` ones, of which the data are the sum; guided from the middle up. */
export const layers = (top: number, middle: number) =>
  program(function* () {
    const above = yield* sample("top", Bernoulli({ logits: 0 }).iid(top))
    const logits = tf.sub(tf.mul(param("w", at.w), tf.sum(above)), 1)
    const below = yield* sample("middle", Bernoulli({ logits: Tensor.of([], logits) }).iid(middle))
    yield* observe("x", Normal(Tensor.of([], tf.sum(below)), 1))
  }).guideWith(function* () {
    const below = yield* sample("middle", Bernoulli({ logits: param("a", at.a) }).iid(middle))
    const logits = tf.add(param("c", at.c), tf.mul(param("b", at.b), tf.sum(below)))
    yield* sample("top", Bernoulli({ logits: Tensor.of([], logits) }).iid(top))
  })
const x = 2.3
export const data = { x: tf.scalar(x) } as never
const logCoin = (z: number, logits: number): number => -Math.log1p(Math.exp(z === 1 ? -logits : logits))
const coinsOf = (code: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => (code >> i) & 1)
const total = (xs: ReadonlyArray<number>): number => xs.reduce((a, b) => a + b, 0)

/** −ELBO as a sum over all values of both layers. */
const lossOf = (top: number, middle: number, { a, b, c, w }: Parameters): number => {
  let loss = 0
  for (let m = 0; m < 2 ** middle; m++)
    for (let t = 0; t < 2 ** top; t++) {
      const [below, above] = [coinsOf(m, middle), coinsOf(t, top)]
      const logQ = total([...below.map((z) => logCoin(z, a)), ...above.map((z) => logCoin(z, c + b * total(below)))])
      const logP = total([...above.map((z) => logCoin(z, 0)), ...below.map((z) => logCoin(z, w * total(above) - 1))])
      const likelihood = -0.5 * (x - total(below)) ** 2 - 0.5 * Math.log(2 * Math.PI)
      loss += Math.exp(logQ) * (logQ - logP - likelihood)
    }
  return loss
}

/** The slopes of −ELBO, by parameter. */
export const slopesOf = (top: number, middle: number): ReadonlyArray<readonly [keyof Parameters, number]> =>
  (["a", "b", "c", "w"] as const).map((name) => {
    const moved = (h: number): number => lossOf(top, middle, { ...at, [name]: at[name] + h })
    return [name, (moved(1e-4) - moved(-1e-4)) / 2e-4]
  })
