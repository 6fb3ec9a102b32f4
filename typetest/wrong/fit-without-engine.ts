// message: Type 'Engine' is not assignable to type 'never'
// at: Effect.runPromise
import { Effect } from "effect"
import { Bernoulli, type Dataset, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
declare const images: Dataset<readonly [784], "boolean">
export const fitted = Effect.runPromise(vae.fit(images))
