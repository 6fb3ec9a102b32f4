// message: Argument of type 'Dataset<readonly [784], "unitInterval">' is not assignable to parameter of type 'DataOrStream<DataFor<readonly [784], "boolean">>'
// message: for grey values use Data.binarize, or Bernoulli({ logits, soft: true })
// at: vae.fit(train.images)
import { Effect } from "effect"
import { Bernoulli, Data, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
export const fit = Effect.flatMap(Data.mnist, ({ train }) => vae.fit(train.images))
