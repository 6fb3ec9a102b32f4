// message: Argument of type 'Tensor<readonly [21]>' is not assignable to parameter of type 'Tensor<readonly [20]>'
// at: decoder(z)
import { Bernoulli, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
export const vae = model(Normal(0, 1).iid(21), (z) => Bernoulli({ logits: decoder(z) }))
