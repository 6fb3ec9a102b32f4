// message: for grey values use Data.binarize, or Bernoulli({ logits, soft: true })
// at: validation: grey
import { Bernoulli, Data, type Dataset, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
declare const grey: Dataset<readonly [784], "unitInterval">
export const fit = vae.fit(Data.binarize(grey), { validation: grey })
