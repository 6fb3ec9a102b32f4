// message: Argument of type 'Tensor<readonly [784]>' is not assignable to parameter of type 'Tensor<readonly [783]>'
// at: encoder(x)
import { Bernoulli, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([783, 400, 40])
export const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
