// message: the guide has support 'real', which does not lie inside the prior's 'boolean'
// at: .guide((x) =>
import { Bernoulli, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
export const vae = model(Bernoulli({ probs: 0.5 }).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) => {
  const codes = encoder(x)
  return Normal.fromLocLogVariance(codes)
})
