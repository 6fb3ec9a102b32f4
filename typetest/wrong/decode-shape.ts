// message: Type 'readonly [784]' is not assignable to type 'readonly [20]'
// at: fitted.decode(mean)
import { Effect } from "effect"
import { Bernoulli, type Dataset, model, Net, Normal } from "../../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
declare const images: Dataset<readonly [784], "boolean">
export const decoded = Effect.gen(function* () {
  const fitted = yield* vae.fit(images)
  const { mean } = yield* fitted.reconstruct(images).pipe(Effect.map((mean) => ({ mean })))
  return yield* fitted.decode(mean)
})
