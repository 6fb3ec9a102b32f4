// A guide that is more than independent normals: two inverse autoregressive flows (Kingma et al. 2016) after the encoder's normal.
import { Effect } from "effect"
import { Bernoulli, Flow, model, Net, Normal, Transform, Transformed } from "../../src/index.ts"
import { example } from "./run.ts"

const sizes = [8, 64, 16] as const
const autoregressive = () => Flow.iaf(Net.mlp(sizes, { masks: Flow.masks(sizes), activation: "tanh" }))
const reversed = Transform.permute([7, 6, 5, 4, 3, 2, 1, 0])
const flow = Transform.chain(autoregressive(), reversed, autoregressive())
const [encoder, decoder] = [Net.mlp([784, 400, 16]), Net.mlp([8, 400, 784])]
const curved = model(Normal(0, 1).iid(8), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Transformed(Normal.fromLocLogVariance(encoder(x)), flow)
)

const [plainEncoder, plainDecoder] = [Net.mlp([784, 400, 16]), Net.mlp([8, 400, 784])]
const diagonal = model(Normal(0, 1).iid(8), (z) => Bernoulli({ logits: plainDecoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(plainEncoder(x))
)

await example("flow-posterior", ({ train, test, fitting, check }) =>
  Effect.gen(function* () {
    const independent = yield* diagonal.fit(train.images, fitting(10))
    const fitted = yield* curved.fit(train.images, fitting(10))
    const loss = -(yield* fitted.elbo(test.images, { particles: 10 }))
    check(
      "test loss, nats per image (independent normals have the bar)",
      loss,
      "at most",
      -(yield* independent.elbo(test.images, { particles: 10 }))
    )
  })
)
