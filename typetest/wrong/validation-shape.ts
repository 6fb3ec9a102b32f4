// message: Type '196' is not assignable to type '784'
// at: validation: small
import { Bernoulli, type Dataset, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
declare const images: Dataset<readonly [784], "boolean">
declare const small: Dataset<readonly [196], "boolean">
export const fit = vae.fit(images, { epochs: 3, validation: small })
