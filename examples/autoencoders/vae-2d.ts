// A variational autoencoder with two latent numbers, so that its latent space can be drawn. One fit is used in three ways: whole, as an encoder, and as a generator.
import { Effect } from "effect"
import { Bernoulli, Data, model, Net, Normal } from "../../src/index.ts"
import { latentGrid, latentGridPoints, latentScatter, reconstructions } from "../figures.ts"
import { example, numbers } from "./run.ts"

const encoder = Net.mlp([784, 512, 4])
const decoder = Net.mlp([2, 512, 784])
const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

await example("vae-2d", ({ train, test, fitting, check, picture, diagnose }) =>
  Effect.gen(function* () {
    const fitted = yield* vae.fit(train.images, { ...fitting(10, 50), validation: test.images })
    const loss = -(yield* fitted.elbo(test.images))
    check("test loss, nats per image (Keras: 152.0)", loss, "at most", 155)

    const whole = yield* fitted.reconstruct(Data.take(test.images, 12))
    const encoded = yield* fitted.encode(test.images)
    const [columns, range] = [20, 2.5]
    const generated = yield* fitted.decode(Data.of(latentGridPoints(columns, range), [2]))
    yield* picture("reconstructions", (path) =>
      reconstructions(path, {
        originals: numbers(Data.take(test.images, 12)),
        reconstructed: numbers(whole),
        title: "The whole model: test digits and their reconstructions from two numbers"
      })
    )
    yield* picture("latent", (path) =>
      latentScatter(path, { points: numbers(encoded.mean), labels: test.labels, title: "Codes of test digits (means)" })
    )
    yield* picture("grid", (path) => latentGrid(path, { images: numbers(generated), columns, range }))
    yield* diagnose(fitted, Data.take(test.images, 100))
  })
)
