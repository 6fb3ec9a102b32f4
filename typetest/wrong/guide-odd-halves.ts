// message: 41 numbers do not fall into two halves: give n locations and n log variances
// at: encoder(x)
import { Bernoulli, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 41])
export const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
