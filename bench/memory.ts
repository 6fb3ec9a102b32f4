// Whether memory stays flat: resident memory and tensors over 30 epochs. npm run build && node build/bench/memory.js
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { Bernoulli, Data, Engine, model, Net, Normal } from "../src/index.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

const program = Effect.gen(function* () {
  const { train, test } = yield* Data.mnist
  const [images, validation] = [Data.take(train.images, 12_800), Data.take(test.images, 1000)]
  yield* vae.fit(images, {
    epochs: 30,
    validation,
    progress: (event) => {
      if (event._tag !== "Epoch" || (event.epoch !== 1 && event.epoch % 5 !== 0)) return
      const { rss } = process.memoryUsage()
      console.log(`epoch ${event.epoch}  ${(rss / 2 ** 20).toFixed(0)} MiB  ${tf.memory().numTensors} tensors`)
    }
  })
})

await Effect.runPromise(Effect.provide(program, Engine.auto))
