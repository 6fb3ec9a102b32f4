// A convolutional variational autoencoder beside a dense one of as many parameters.
import { Effect } from "effect"
import { Bernoulli, model, Net, Normal } from "../../src/index.ts"
import { digits } from "../figures.ts"
import { example, numbers } from "./run.ts"

const relu = Net.activation("relu")
const inner = Net.sequential(Net.conv2d(16, { stride: 2 }), relu, Net.conv2d(32, { stride: 2 }), relu, Net.flatten())
const outer = Net.sequential(Net.convTranspose2d(16, { stride: 2 }), relu, Net.convTranspose2d(1, { stride: 2 }))
const encoder = Net.sequential(Net.unflatten([28, 28, 1]), inner, Net.dense(32))
const decoder = Net.sequential(Net.dense(7 * 7 * 32), relu, Net.unflatten([7, 7, 32]), outer, Net.flatten())
const convolutional = model(Normal(0, 1).iid(16), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

const [wide, narrow] = [Net.mlp([784, 53, 32]), Net.mlp([16, 53, 784])]
const dense = model(Normal(0, 1).iid(16), (z) => Bernoulli({ logits: narrow(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(wide(x))
)

await example("conv-vae", ({ train, test, fitting, check, picture }) =>
  Effect.gen(function* () {
    const fits = {
      convolutional: yield* convolutional.fit(train.images, fitting(5)),
      dense: yield* dense.fit(train.images, fitting(5))
    }
    const size = ({ parameters }: { readonly parameters: Readonly<Record<string, ArrayLike<number>>> }) =>
      Object.values(parameters).reduce((sum, { length }) => sum + length, 0)
    check("parameters, for each of the dense one", size(fits.convolutional) / size(fits.dense), "at most", 1.05)
    const bar = -(yield* fits.dense.elbo(test.images))
    check(
      "test loss, nats per image (the dense one has the bar)",
      -(yield* fits.convolutional.elbo(test.images)),
      "at most",
      bar
    )
    const images = numbers(yield* fits.convolutional.generate(64))
    yield* picture("digits", (path) =>
      digits(path, { images, columns: 8, title: "Digits of the convolutional decoder" })
    )
  })
)
