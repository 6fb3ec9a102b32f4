// A guide with a full covariance for each image: KL of one normal to another in closed form, beside its Monte Carlo estimate.
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { Bernoulli, MultivariateNormal, model, Net, Normal, split, Tensor, Transform } from "../../src/index.ts"
import { example } from "./run.ts"

const identity = Tensor.of([8, 8], tf.eye(8))
const [encoder, decoder] = [Net.mlp([784, 400, 8 + 36]), Net.mlp([8, 400, 784])]
const full = model(MultivariateNormal(0, { scaleTril: identity }), (z) =>
  Bernoulli({ logits: decoder(z), soft: true })
).guide((x) => {
  const [loc, entries] = split(encoder(x), [8, 36])
  return MultivariateNormal(loc, { scaleTril: Tensor.of([8, 8], Transform.lowerCholesky.forward(entries)) })
})

const [plainEncoder, plainDecoder] = [Net.mlp([784, 400, 16]), Net.mlp([8, 400, 784])]
const diagonal = model(Normal(0, 1).iid(8), (z) => Bernoulli({ logits: plainDecoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(plainEncoder(x))
)

await example("full-covariance", ({ train, test, fitting, check }) =>
  Effect.gen(function* () {
    const independent = yield* diagonal.fit(train.images, fitting(10))
    const fitted = yield* full.fit(train.images, fitting(10))
    // with one particle an importance weight is log p(x, z) − log q(z | x): the bound with a sampled KL
    const options = { particles: 1, seed: 1 }
    let [closed, sampled] = [0, 0]
    for (let seed = 1; seed <= 10; seed++) {
      closed += (yield* fitted.elbo(test.images, { particles: 1, seed })) / 10
      sampled += (yield* fitted.logMarginal(test.images, { particles: 1, seed })) / 10
    }
    check(
      "KL in closed form, less its Monte Carlo estimate, nats per image",
      Math.abs(closed - sampled),
      "at most",
      0.1
    )
    const bar = -(yield* independent.elbo(test.images, options))
    check("test loss, nats per image (independent normals have the bar)", -closed, "at most", bar)
  })
)
