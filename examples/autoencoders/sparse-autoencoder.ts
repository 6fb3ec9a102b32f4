// Sparse autoencoders, whose penalties are priors on the hidden activations: λ Σ|a| is −log of a Laplace density, and
// β KL(ρ ‖ a) of coins with chances ρ and a is −log of a Beta density with parameters 1 + βρ and 1 + β(1 − ρ), up to a constant.
import { Effect } from "effect"
import { Beta, Delta, Laplace, model, Net, Normal, relu, sigmoid } from "../../src/index.ts"
import { digits } from "../figures.ts"
import { example, mean, numbers } from "./run.ts"

const units = 100
const [lambda, rho, beta] = [2, 0.05, 100]
const absolute = {
  encoder: Net.dense(units, { name: "absolute.encoder" }),
  decoder: Net.dense(784, { name: "absolute.decoder" })
}
const l1 = model(Laplace(0, 1 / lambda).iid(units), (a) => Normal(absolute.decoder(a), 0.3)).guide((x) =>
  Delta(relu(absolute.encoder(x)))
)
const chances = {
  encoder: Net.dense(units, { name: "chances.encoder" }),
  decoder: Net.dense(784, { name: "chances.decoder" })
}
const kl = model(Beta(1 + beta * rho, 1 + beta * (1 - rho)).iid(units), (a) => Normal(chances.decoder(a), 0.3)).guide(
  (x) => Delta(sigmoid(chances.encoder(x)), "unitInterval")
)

/** Each row of weights as an image: its numbers from the least to the most. */
const features = (weights: Float32Array): Float32Array => {
  const images = new Float32Array(weights.length)
  for (let unit = 0; unit < units; unit++) {
    const row = weights.subarray(784 * unit, 784 * unit + 784)
    const [low, high] = [Math.min(...row), Math.max(...row)]
    images.set(
      row.map((w) => (w - low) / (high - low)),
      784 * unit
    )
  }
  return images
}

await example("sparse-autoencoder", ({ train, test, fitting, check, picture }) =>
  Effect.gen(function* () {
    const byL1 = yield* l1.fit(train.images, fitting(8))
    const byKl = yield* kl.fit(train.images, fitting(8))
    const [codes, shares] = [
      numbers((yield* byL1.encode(test.images)).mean),
      numbers((yield* byKl.encode(test.images)).mean)
    ]
    const zeros = codes.filter((a) => a === 0).length / codes.length
    check("L1: share of activations that are 0", zeros, "at least", 0.5)
    check("KL: mean activation, for each of ρ", mean(shares) / rho, "at least", 0.8)
    check("KL: mean activation, for each of ρ", mean(shares) / rho, "at most", 1.2)
    for (const [name, fitted] of [
      ["absolute", byL1],
      ["chances", byKl]
    ] as const)
      yield* picture(`features-${name}`, (path) =>
        digits(path, {
          images: features(fitted.parameter(`${name}.decoder.weight`)),
          columns: 10,
          title: "What each hidden unit draws"
        })
      )
  })
)
