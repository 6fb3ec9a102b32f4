// A variational autoencoder whose prior is a learned mixture of normals: its components find clusters without labels (Dilokthanakul et al. 2016).
import { Effect } from "effect"
import {
  add,
  Bernoulli,
  deterministic,
  div,
  log,
  Mixture,
  mul,
  Net,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  square,
  sub,
  sum
} from "../../src/index.ts"
import { digits } from "../figures.ts"
import { example, first, numbers } from "./run.ts"

const encoder = Net.mlp([784, 500, 500, 20])
const decoder = Net.mlp([10, 500, 500, 784])
/** Means that are apart from each other: alike, all components would learn the same. */
const apart = Array.from({ length: 200 }, (_, i) => 1.5 * Math.sin(1 + i * i))
const clustered = program(function* () {
  yield* plate("images", function* () {
    const [means, scales] = [param("means", [20, 10], apart), param.positive("scales", [20, 10], 1)]
    const weights = param("weights", [20])
    const z = yield* sample("z", Mixture({ logits: weights }, Normal(means, scales)))
    // log of each component's weight and density at z, up to a constant
    const distances = sum(square(div(sub(z, means), scales)), -1)
    yield* deterministic("scores", sub(add(weights, mul(-0.5, distances)), sum(log(scales), -1)))
    yield* observe("x", Bernoulli({ logits: decoder(z), soft: true }))
  })
}).guide(() => ({ images: ({ x }) => ({ z: Normal.fromLocLogVariance(encoder(x)) }) }))

await example("mixture-vae", ({ train, test, fitting, check, picture }) =>
  Effect.gen(function* () {
    const fitted = yield* clustered.fit({ images: { x: train.images } }, fitting(15))
    const clustersOf = (images: typeof train.images) =>
      Effect.map(fitted.posterior({ images: { x: images } }, 1), ({ images: { scores } }) => {
        const all = numbers(scores)
        return Array.from({ length: images.size }, (_, i) => {
          const row = all.subarray(20 * i, 20 * i + 20)
          return row.indexOf(Math.max(...row))
        })
      })
    // each cluster is called by the digit that most of its training images show
    const known = first(train, 10_000)
    const counts = Array.from({ length: 20 }, () => new Float32Array(10))
    const found = yield* clustersOf(known.images)
    found.forEach((cluster, i) => {
      const count = counts[cluster]
      const label = known.labels[i] ?? 0
      if (count !== undefined) count[label] = (count[label] ?? 0) + 1
    })
    const names = counts.map((count) => count.indexOf(Math.max(...count)))
    const unseen = yield* clustersOf(test.images)
    const right = unseen.filter((cluster, i) => names[cluster] === test.labels[i]).length
    check("test images in a cluster of their own digit", right / test.images.size, "at least", 0.6)
    const used = new Set(unseen).size
    check("clusters in use, of 20", used, "at least", 10)
    const shown = names.flatMap((_, cluster) => unseen.flatMap((each, i) => (each === cluster ? [i] : [])).slice(0, 10))
    const pixels = numbers(test.images)
    const images = Float32Array.from(
      { length: 784 * shown.length },
      (_, i) => pixels[784 * (shown[Math.floor(i / 784)] ?? 0) + (i % 784)] ?? 0
    )
    yield* picture("clusters", (path) =>
      digits(path, { images, columns: 10, title: "Test digits, cluster after cluster" })
    )
  })
)
