// message: Argument of type 'Dataset<readonly [784], "real">' is not assignable to parameter of type 'DataOrStream<DataFor<readonly [784], "unitInterval">>'
// message: data scaled to [0, 1]
// at: vae.fit(real)
import { Bernoulli, type Dataset, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
declare const real: Dataset<readonly [784], "real">
export const fit = vae.fit(real)
