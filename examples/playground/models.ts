import {
  Bernoulli,
  ContinuousBernoulli,
  type Dataset,
  type FittedModel,
  type GuidedModel,
  model,
  Net,
  Normal,
  type Promised,
  param,
  sigmoid
} from "../../src/index.ts"
import type { DecoderName } from "./decoders.ts"

/** Grey images of 28 × 28, one row each. */
export type Images = Dataset<readonly [784], "unitInterval">

/** The models of the page: one encoder, one latent plane, three decoders. */
export type Vae = GuidedModel<readonly [2], readonly [784], Images>
export type FittedVae = Promised<FittedModel<readonly [2], readonly [784], Images>>

const encoder = Net.mlp([784, 128, 4], { name: "encoder" })
const decoder = Net.mlp([2, 128, 784], { name: "decoder" })
const prior = Normal(0, 1).iid(2)

const vaes: Readonly<Record<DecoderName, Vae>> = {
  bernoulli: model(prior, (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
    Normal.fromLocLogVariance(encoder(x))
  ),
  continuousBernoulli: model(prior, (z) => ContinuousBernoulli({ logits: decoder(z) })).guide((x) =>
    Normal.fromLocLogVariance(encoder(x))
  ),
  normal: model(prior, (z) => Normal(sigmoid(decoder(z)), param.positive("sigma", 0.3))).guide((x) =>
    Normal.fromLocLogVariance(encoder(x))
  )
}

export const vaeOf = (name: DecoderName): Vae => vaes[name]
