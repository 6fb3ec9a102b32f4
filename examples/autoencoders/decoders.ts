// One model with seven decoders, each one expression apart. Losses are compared only where they are densities of the same thing.
import { Effect } from "effect"
import {
  add,
  Bernoulli,
  Categorical,
  ContinuousBernoulli,
  Data,
  type Dataset,
  div,
  matmul,
  model,
  Net,
  Normal,
  param,
  reshape,
  sigmoid
} from "../../src/index.ts"
import { rowsOfDigits } from "../figures.ts"
import { example, first, numbers } from "./run.ts"

const encoder = Net.mlp([784, 200, 20])
const decoder = Net.mlp([10, 200, 784])
const features = Net.mlp([10, 200, 784 * 4])
const prior = Normal(0, 1).iid(10)
/** Numbers that differ, so that the four features do not all learn the same. */
const levelsAtFirst = Array.from({ length: 4 * 256 }, (_, i) => 0.05 * Math.sin(1 + i * i))
const decoders = {
  "Normal, scale 0.2": model(prior, (z) => Normal(sigmoid(decoder(z)), 0.2)),
  "Normal, a learned scale": model(prior, (z) => Normal(sigmoid(decoder(z)), param.positive("scale", 1))),
  // pixels that are white in all images would have a density without bound
  "Normal, a scale per pixel": model(prior, (z) =>
    Normal(sigmoid(decoder(z)), add(0.05, param.positive("scales", [784], 1)))
  ),
  "Bernoulli, soft": model(prior, (z) => Bernoulli({ logits: decoder(z), soft: true })),
  ContinuousBernoulli: model(prior, (z) => ContinuousBernoulli({ logits: decoder(z) }))
}
const binary = model(prior, (z) => Bernoulli({ logits: decoder(z) }))
// one of 256 levels at each pixel: four numbers of its own, and what they mean is the same at all of them
const categorical = model(prior, (z) =>
  Categorical({
    logits: add(matmul(reshape(features(z), [784, 4]), param("levels", [4, 256], levelsAtFirst)), param("all", [256]))
  })
)

await example("decoders", ({ train, test, quick, fitting, check, picture }) =>
  Effect.gen(function* () {
    const shown = Data.take(test.images, 12)
    const few = first(test, quick ? 50 : 500).images
    const rows = [{ label: "test digits", images: numbers(shown) }]
    const inside = (images: Dataset): Float32Array => numbers(images).map((x) => Math.min(1, Math.max(0, x)))
    const logs = new Map<string, number>()
    for (const [name, grey] of Object.entries(decoders)) {
      const fitted = yield* grey.guide((x) => Normal.fromLocLogVariance(encoder(x))).fit(train.images, fitting(5))
      if (fitted.explain().noBound.length === 0) logs.set(name, yield* fitted.logMarginal(few, { particles: 50 }))
      rows.push({ label: name, images: inside(yield* fitted.reconstruct(shown)) })
    }
    const bits = (images: typeof few, seed: number) => Data.binarize(images, { seed })
    const coin = yield* binary
      .guide((x) => Normal.fromLocLogVariance(encoder(x)))
      .fit(bits(train.images, 0), fitting(5))
    rows.push({ label: "Bernoulli, bits", images: inside(yield* coin.reconstruct(bits(shown, 1))) })
    const bytes = (images: typeof few) =>
      Data.of(
        numbers(images).map((x) => Math.round(255 * x)),
        [784],
        "category"
      )
    const level = yield* categorical
      .guide((x) => Normal.fromLocLogVariance(encoder(div(x, 255))))
      .fit(bytes(first(train, quick ? 256 : 4000).images), { ...fitting(3), learningRate: 3e-3 })
    // the mass of a level of width 1/255, as a density
    logs.set(
      "Categorical, 256 levels",
      (yield* level.logMarginal(bytes(first(test, quick ? 10 : 100).images), { particles: quick ? 2 : 20 })) +
        784 * Math.log(255)
    )

    for (const [name, log] of logs)
      console.log(`log p(x), a density of grey values in [0, 1]: ${name.padEnd(26)} ${log.toFixed(1)} nats per image`)
    const log = (name: string): number => logs.get(name) ?? Number.NaN
    check(
      "log density: a learned scale, over scale 0.2",
      log("Normal, a learned scale") - log("Normal, scale 0.2"),
      "at least",
      0
    )
    check(
      "log density: a scale per pixel, over one",
      log("Normal, a scale per pixel") - log("Normal, a learned scale"),
      "at least",
      0
    )
    check(
      "log mass of bits, nats per image",
      yield* coin.logMarginal(bits(few, 1), { particles: 50 }),
      "at least",
      -115
    )
    yield* picture("reconstructions", (path) => rowsOfDigits(path, { rows, title: "One model, seven decoders" }))
  })
)
