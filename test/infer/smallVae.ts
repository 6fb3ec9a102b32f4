import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { model } from "../../src/infer/program/model.ts"
import { Net } from "../../src/model/net/index.ts"
import { generator } from "./harness.ts"

export const decoder = Net.mlp([2, 8, 6])
const encoder = Net.mlp([6, 8, 4])

/** A VAE of six pixels and two latent numbers. */
export const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

/** Images for it, of which two fifths of the pixels are 1. */
export const bitsOf = (seed: number, rows: number) => {
  const next = generator(seed)
  return Dataset.of(
    Float32Array.from({ length: 6 * rows }, () => (next() < 0.4 ? 1 : 0)),
    [6],
    "boolean"
  )
}
