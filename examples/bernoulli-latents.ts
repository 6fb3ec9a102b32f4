// MNIST with 20 coins as the latent code: the library sees that draws are discrete and takes the score function.
import { Effect } from "effect"
import { Bernoulli, Data, model, Net } from "../src/index.ts"
import { engineOf, flags } from "./flags.ts"
import { fitOptions, pageOf, writePage } from "./mnist-report.ts"

const options = flags(process.argv.slice(2))
const decoder = Net.mlp([options.latent, options.hidden, 784])
const encoder = Net.mlp([784, options.hidden, options.latent])

const sbn = model(Bernoulli({ probs: 0.5 }).iid(options.latent), (z) =>
  Bernoulli({ logits: decoder(z), soft: true })
).guide((x) => Bernoulli({ logits: encoder(x) }))

const program = Effect.gen(function* () {
  const { train, test } = yield* Data.mnist
  const page = pageOf("MNIST with coins as the latent code", options)
  yield* sbn.fit(train.images, { ...fitOptions(options, page), validation: test.images })
  yield* writePage(page, options)
})

await Effect.runPromise(Effect.provide(program, engineOf(options)))
