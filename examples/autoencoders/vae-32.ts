// A variational autoencoder with 32 latent numbers, and the way from one digit to another through its latent space.
import { Effect } from "effect"
import { Bernoulli, Data, model, Net, Normal } from "../../src/index.ts"
import { digits } from "../figures.ts"
import { example, numbers } from "./run.ts"

const encoder = Net.mlp([784, 512, 64])
const decoder = Net.mlp([32, 512, 784])
const vae = model(Normal(0, 1).iid(32), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

await example("vae-32", ({ train, test, fitting, check, picture, diagnose }) =>
  Effect.gen(function* () {
    const fitted = yield* vae.fit(train.images, { ...fitting(10), validation: test.images })
    const loss = -(yield* fitted.elbo(test.images))
    // more latent numbers than the digits need do not hurt: those without information cost no KL
    check("test loss, nats per image (20 numbers, four runs of PyTorch: 105.0 to 105.8)", loss, "at most", 106.5)

    const steps = 10
    const codes = numbers((yield* fitted.encode(Data.take(test.images, 16))).mean)
    const between = Float32Array.from({ length: 8 * steps * 32 }, (_, i) => {
      const [pair, step, unit] = [Math.floor(i / (32 * steps)), Math.floor(i / 32) % steps, i % 32]
      const [from, to] = [codes[64 * pair + unit] ?? 0, codes[64 * pair + 32 + unit] ?? 0]
      return from + ((to - from) * step) / (steps - 1)
    })
    const images = numbers(yield* fitted.decode(Data.of(between, [32])))
    yield* picture("interpolation", (path) =>
      digits(path, { images, columns: steps, title: "From one test digit to another, in eight rows" })
    )
    yield* diagnose(fitted, Data.take(test.images, 100))
  })
)
