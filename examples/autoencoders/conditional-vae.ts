// A conditional variational autoencoder (Sohn, Lee and Yan 2015): it draws the digit that it is asked for.
import { Effect } from "effect"
import {
  Bernoulli,
  Categorical,
  concat,
  Data,
  deterministic,
  Net,
  Normal,
  observe,
  plate,
  program,
  sample,
  sigmoid,
  type Tensor
} from "../../src/index.ts"
import { digits } from "../figures.ts"
import { agreement, asImages, asRows, example, largest, numbers, oneHot } from "./run.ts"

interface Row {
  readonly label: Tensor<readonly [10]>
}

// the label says which digit, two numbers how it is written: draws of more numbers from the prior look less like digits
const encoder = Net.mlp([794, 400, 4])
const decoder = Net.mlp([12, 400, 784])
const conditional = program(function* () {
  yield* plate("images", function* ({ label }: Row) {
    const z = yield* sample("z", Normal(0, 1).iid(2))
    const logits = decoder(concat([z, label]))
    yield* deterministic("pixels", sigmoid(logits))
    yield* observe("x", Bernoulli({ logits, soft: true }))
  })
}).guide(() => ({ images: ({ x, label }) => ({ z: Normal.fromLocLogVariance(encoder(concat([x, label]))) }) }))

// the judge: a classifier, trained on the same images
const layers = Net.mlp([784, 200, 10])
const classifier = program(function* () {
  yield* plate("images", function* ({ x }: { readonly x: Tensor<readonly [784]> }) {
    const logits = yield* deterministic("logits", layers(x))
    yield* observe("digit", Categorical({ logits }))
  })
}).guide(() => ({}))

await example("conditional-vae", ({ train, fitting, check, picture }) =>
  Effect.gen(function* () {
    const x = train.images
    const fitted = yield* conditional.fit({ images: { x, label: oneHot(train.labels) } }, fitting(15))
    const judge = yield* classifier.fit({ images: { x, digit: asRows(train.labels) } }, fitting(5))

    const asked = Uint8Array.from({ length: 1000 }, (_, i) => i % 10)
    const drawn = yield* fitted.predict({ images: { label: oneHot(asked) } }, 1)
    const pixels = asImages(drawn.images.pixels)
    const { images } = yield* judge.predict({ images: { x: pixels } }, 1)
    const right = agreement(largest(images.logits), asked)
    check("generated digits that a classifier names as they were asked for", right, "at least", 0.95)
    yield* picture("digits", (path) =>
      digits(path, {
        images: numbers(Data.take(pixels, 100)),
        columns: 10,
        title: "Each column is asked to be one digit"
      })
    )
  })
)
