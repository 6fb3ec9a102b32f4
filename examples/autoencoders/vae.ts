// The variational autoencoder of Kingma and Welling (2014) with 20 latent numbers.
import { Effect } from "effect"
import { Bernoulli, Data, model, Net, Normal } from "../../src/index.ts"
import { digits, lossCurve, reconstructions } from "../figures.ts"
import { example, numbers } from "./run.ts"

const encoder = Net.mlp([784, 400, 40])
const decoder = Net.mlp([20, 400, 784])
const vae = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

await example("vae", ({ train, test, fitting, check, picture, diagnose }) =>
  Effect.gen(function* () {
    const fitted = yield* vae.fit(train.images, { ...fitting(10), validation: test.images })
    const { elbo, kl } = yield* fitted.elboParts(test.images)
    check("test loss, nats per image (four runs of PyTorch: 105.0 to 105.8)", -elbo, "at most", 106.5)
    check("of it KL(q(z | x) ‖ p(z)) (PyTorch: 25.2 to 25.7)", kl, "at least", 23)
    const images = numbers(yield* fitted.generate(64))
    const reconstructed = numbers(yield* fitted.reconstruct(Data.take(test.images, 12)))
    yield* picture("digits", (path) => digits(path, { images, columns: 8, title: "Digits generated from the prior" }))
    yield* picture("reconstructions", (path) =>
      reconstructions(path, {
        originals: numbers(Data.take(test.images, 12)),
        reconstructed,
        title: "Test digits and their reconstructions"
      })
    )
    yield* picture("loss", (path) => lossCurve(path, fitted.history))
    yield* diagnose(fitted, Data.take(test.images, 100))
  })
)
