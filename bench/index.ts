// How long one step takes: the engines of this library beside the same model written by hand with tfjs. npm run bench
import { cpus } from "node:os"
import { Effect, Layer } from "effect"
import { Bernoulli, Data, type Dataset, Engine, model, Net, Normal } from "../src/index.ts"
import { eagerLoop, type Sizes, useFastestBackend } from "./eagerLoop.ts"
import { timed } from "./timed.ts"

const sizes: Sizes = { hidden: 400, latent: 20, batch: 128 }
const epochs = 3

const median = (times: ReadonlyArray<number>): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN

const fitOnce = (images: Dataset<readonly [784], "unitInterval">) =>
  Effect.gen(function* () {
    const decoder = Net.mlp([sizes.latent, sizes.hidden, 784])
    const encoder = Net.mlp([784, sizes.hidden, 2 * sizes.latent])
    const likelihood = model(Normal(0, 1).iid(sizes.latent), (z) => Bernoulli({ logits: decoder(z), soft: true }))
    const vae = likelihood.guide((x) => Normal.fromLocLogVariance(encoder(x)))
    return yield* vae.fit(images, { epochs, batchSize: sizes.batch, progress: false })
  })

const program = Effect.gen(function* () {
  const { train } = yield* Data.mnist
  const calls: Array<{ readonly steps: number; readonly milliseconds: number }> = []
  const fitted = yield* Effect.provide(
    fitOnce(train.images),
    Layer.provide(
      timed((call) => calls.push(call)),
      Engine.onnx
    )
  )
  const step = median(calls.map(({ steps, milliseconds }) => milliseconds / steps))
  const inSteps = calls.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000
  const inEpochs = fitted.history.reduce((sum, { seconds }) => sum + seconds, 0)

  const backend = yield* Effect.promise(useFastestBackend)
  const eager = median(eagerLoop(train.images, sizes, 30).slice(3))
  const cpu = cpus()[0]?.model ?? "unknown processor"
  console.log(`VAE 784-${sizes.hidden}-${sizes.latent}, batch ${sizes.batch}, Adam, float32; Node ${process.version}, ${cpus().length} cores, ${cpu}

                              ms a step
latent, onnx engine           ${step.toFixed(2)}
by hand, eager tfjs ${backend.padEnd(10)}${eager.toFixed(2)}
ratio                         ${(eager / step).toFixed(1)}

${epochs} epochs took ${inEpochs.toFixed(2)} s, ${inSteps.toFixed(2)} s of them inside the engine: ${(100 * (inEpochs / inSteps - 1)).toFixed(1)} % beside the steps`)
})

await Effect.runPromise(program)
