// Two stochastic layers beside one, both fitted by the importance-weighted bound with five particles (Burda, Grosse and Salakhutdinov 2016).
import { Effect } from "effect"
import {
  Bernoulli,
  Data,
  deterministic,
  Net,
  Normal,
  Objective,
  observe,
  plate,
  program,
  sample,
  sigmoid,
  type Tensor
} from "../../src/index.ts"
import { digits } from "../figures.ts"
import { example, first, numbers } from "./run.ts"

interface Image {
  readonly x: Tensor<readonly [784]>
}

const [encoder, deeper] = [Net.mlp([784, 200, 200, 100]), Net.mlp([50, 100, 100, 100])]
const [middle, decoder] = [Net.mlp([50, 100, 100, 100]), Net.mlp([50, 200, 200, 784])]
const two = program(function* () {
  yield* plate("images", function* () {
    const deep = yield* sample("deep", Normal(0, 1).iid(50))
    const z = yield* sample("z", Normal.fromLocLogVariance(middle(deep)))
    const logits = decoder(z)
    yield* deterministic("pixels", sigmoid(logits))
    yield* observe("x", Bernoulli({ logits }))
  })
}).guideWith(function* () {
  yield* plate("images", function* ({ x }: Image) {
    const z = yield* sample("z", Normal.fromLocLogVariance(encoder(x)))
    yield* sample("deep", Normal.fromLocLogVariance(deeper(z)))
  })
})

const [oneEncoder, oneDecoder] = [Net.mlp([784, 200, 200, 100]), Net.mlp([50, 200, 200, 784])]
const one = program(function* () {
  yield* plate("images", function* () {
    const z = yield* sample("z", Normal(0, 1).iid(50))
    yield* observe("x", Bernoulli({ logits: oneDecoder(z) }))
  })
}).guide(() => ({ images: ({ x }) => ({ z: Normal.fromLocLogVariance(oneEncoder(x)) }) }))

await example("hierarchical-vae", ({ train, test, quick, fitting, check, picture }) =>
  Effect.gen(function* () {
    const images = { x: Data.binarize(train.images, { seed: 0 }) }
    const unseen = { images: { x: Data.binarize(first(test, quick ? 50 : 1000).images, { seed: 1 }) } }
    const options = { ...fitting(10), objective: Objective.iwae, particles: 5 }
    const single = yield* one.fit({ images }, options)
    const double = yield* two.fit({ images }, options)
    const particles = { particles: quick ? 10 : 500 }
    const [log1, log2] = [yield* single.logMarginal(unseen, particles), yield* double.logMarginal(unseen, particles)]
    const n = unseen.images.x.size
    check("log p(x) with two layers, nats per image (one layer has the bar)", log2 / n, "at least", log1 / n)
    const drawn = numbers((yield* double.predict({ images: 64 }, 1)).images.pixels)
    yield* picture("digits", (path) =>
      digits(path, { images: drawn, columns: 8, title: "Digits of two stochastic layers" })
    )
  })
)
