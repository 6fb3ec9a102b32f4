import { Effect } from "effect"
import { Bernoulli, Data, Engine, model, Net, Normal } from "latent"

const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: Net.mlp([2, 8])(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(Net.mlp([8, 4])(x))
)
const grey = Data.ofBytes(new Uint8Array(80).fill(100), [8])
const { history } = await Effect.runPromise(
  Effect.provide(vae.fit(grey, { epochs: 2, batchSize: 5, seed: 0, progress: false }), Engine.onnx)
)
console.log(history.length)
