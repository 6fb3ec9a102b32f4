// A variational autoencoder on MNIST (Kingma and Welling 2014), in full: npm run mnist -- --help
import { Effect } from "effect"
import { Bernoulli, Data, type GuidedModel, model, Net, Normal, param, sigmoid } from "../src/index.ts"
import { engineOf, flags } from "./flags.ts"
import { fitOptions, pageOf, reportMnist, type Seen } from "./mnist-report.ts"

const options = flags(process.argv.slice(2))
const decoder = Net.mlp([options.latent, options.hidden, 784])
const encoder = Net.mlp([784, options.hidden, 2 * options.latent])
const prior = Normal(0, 1).iid(options.latent)

const decoders = {
  bernoulli: model(prior, (z) => Bernoulli({ logits: decoder(z), soft: true })),
  gaussian: model(prior, (z) => Normal(sigmoid(decoder(z)), param.positive("sigma", 1))),
  binarized: model(prior, (z) => Bernoulli({ logits: decoder(z) }))
}

const program = Effect.gen(function* () {
  const { train, test } = yield* Data.mnist
  const run = <D>(vae: GuidedModel<readonly [number], readonly [784], D>, images: D, seen: Seen<D>) =>
    Effect.gen(function* () {
      const page = pageOf("A variational autoencoder on MNIST", options)
      const fitted = yield* vae.fit(images, { ...fitOptions(options, page), validation: seen.test })
      yield* reportMnist(fitted, seen, test, options, page)
    })

  if (options.decoder === "binarized") {
    const vae = decoders.binarized.guide((x) => Normal.fromLocLogVariance(encoder(x)))
    const binary = Data.binarize(test.images, { seed: 1 })
    const seen = { test: binary, few: Data.take(binary, 100) }
    return yield* run(vae, Data.binarize(train.images, { seed: 0 }), seen)
  }
  const vae = decoders[options.decoder].guide((x) => Normal.fromLocLogVariance(encoder(x)))
  yield* run(vae, train.images, { test: test.images, few: Data.take(test.images, 100) })
})

await Effect.runPromise(Effect.provide(program, engineOf(options)))
