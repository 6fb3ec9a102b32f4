// message: Argument of type 'Tensor<readonly [number, 783]>' is not assignable to parameter of type 'DataOrStream<DataFor<readonly [784], "boolean">>'
// message: Type '783' is not assignable to type '784'
// at: vae.fit(images)
import { Bernoulli, model, Net, Normal, type Tensor } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
declare const images: Tensor<readonly [number, 783]>
export const fit = vae.fit(images)
