// message: Type 'readonly [28, 28]' is not assignable to type 'readonly [784]'
// at: vae.fit(images)
import { Bernoulli, type Dataset, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
declare const images: Dataset<readonly [28, 28], "boolean">
export const fit = vae.fit(images)
