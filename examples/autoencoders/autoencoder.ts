// An undercomplete autoencoder: a guide that is a point makes the variational autoencoder deterministic.
import { Effect } from "effect"
import { Data, Delta, ImproperUniform, model, Net, Normal, sigmoid } from "../../src/index.ts"
import { reconstructions } from "../figures.ts"
import { principalError } from "./principal.ts"
import { example, first, numbers, squaredError } from "./run.ts"

const encoder = Net.mlp([784, 400, 20])
const decoder = Net.mlp([20, 400, 784])
// the code is any 20 numbers, the guide one point, and the squared error a Normal of scale 1
const autoencoder = model(ImproperUniform("real", [20]), (z) => Normal(sigmoid(decoder(z)), 1)).guide((x) =>
  Delta(encoder(x))
)

await example("autoencoder", ({ train, test, fitting, check, picture }) =>
  Effect.gen(function* () {
    const fitted = yield* autoencoder.fit(train.images, fitting(10))
    const reconstructed = yield* fitted.reconstruct(test.images)
    const linear = principalError(first(train, 10_000).images, test.images, 20)
    check(
      "squared error of a pixel (20 principal components have the bar)",
      squaredError(test.images, reconstructed),
      "at most",
      linear
    )
    yield* picture("reconstructions", (path) =>
      reconstructions(path, {
        originals: numbers(Data.take(test.images, 12)),
        reconstructed: numbers(Data.take(reconstructed, 12)),
        title: "Test digits and their reconstructions from 20 numbers"
      })
    )
  })
)
