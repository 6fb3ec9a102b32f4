// The VAE of the README on images in [0, 1], with the types of everything that a fit gives.
import { Effect, type Stream } from "effect"
import {
  Bernoulli,
  Data,
  type Dataset,
  Engine,
  type FitError,
  type FittedModel,
  model,
  Net,
  Normal,
  type Plan,
  type Progress,
  report
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const decoder = Net.mlp([20, 400, 784])
const encoder = Net.mlp([784, 400, 40])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

const plan = vae.explain()
same<Equal<typeof plan, Plan>>()

type Images = Parameters<typeof vae.verify>[0]
type Fitted = FittedModel<readonly [20], readonly [784], Images>

export const main = Effect.gen(function* () {
  const { train, test } = yield* Data.mnist
  const fitted = yield* vae.fit(train.images, {
    epochs: 10,
    batchSize: 128,
    learningRate: 1e-3,
    seed: 0,
    validation: test.images
  })
  same<Equal<typeof fitted, Fitted>>()

  const digits = yield* fitted.generate(64)
  same<Equal<typeof digits, Dataset<readonly [784], "real">>>()
  const codes = yield* fitted.encode(test.images)
  same<Equal<(typeof codes)["mean"], Dataset<readonly [20], "real">>>()
  same<Equal<(typeof codes)["scale"], Dataset<readonly [20], "real">>>()
  const decoded = yield* fitted.decode(codes.mean)
  same<Equal<typeof decoded, Dataset<readonly [784], "real">>>()
  const elbo = yield* fitted.elbo(test.images)
  same<Equal<typeof elbo, number>>()
  return yield* fitted.reconstruct(test.images)
})
same<Equal<Effect.Success<typeof main>, Dataset<readonly [784], "real">>>()
same<Equal<Effect.Error<typeof main>, FitError>>()
same<Equal<Effect.Services<typeof main>, Engine>>()

// once an engine is given, nothing is left to provide
export const promise: Promise<Dataset<readonly [784], "real">> = Effect.runPromise(Effect.provide(main, Engine.auto))

declare const images: Dataset<readonly [784], "unitInterval">
const progress = vae.fitStream(images)
same<Equal<typeof progress, Stream.Stream<Progress<Fitted>, FitError, Engine>>>()
export const printed = vae.fit(images, { progress: report() })

export const withPromises = async (): Promise<void> => {
  const fitted = await vae.fitPromise(images, { epochs: 1, engine: Engine.auto })
  const digits = await fitted.generate(64)
  same<Equal<typeof digits, Dataset<readonly [784], "real">>>()
  const { mean } = await fitted.encode(images)
  same<Equal<typeof mean, Dataset<readonly [20], "real">>>()
}
