// message: the guide has support 'real', which does not lie inside the prior's 'positive'
// at: fromLocLogVariance
import { Bernoulli, HalfNormal, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
export const vae = model(HalfNormal(1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
