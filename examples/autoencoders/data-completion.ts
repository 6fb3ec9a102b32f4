// The missing quadrants of a digit from those that are seen: a conditional variational autoencoder (Sohn, Lee and Yan 2015), one fit for each number of them.
import { Effect } from "effect"
import {
  add,
  Bernoulli,
  concat,
  Data,
  deterministic,
  filled,
  type Missing,
  masked,
  Net,
  Normal,
  plate,
  program,
  sample,
  sigmoid,
  type Tensor
} from "../../src/index.ts"
import { rowsOfDigits } from "../figures.ts"
import { type Digits, example, first, numbers } from "./run.ts"

/** The pixels that are seen, and those that are not: each image has zeros or holes elsewhere. */
interface Row {
  readonly seen: Tensor<readonly [784]>
  readonly hidden: Missing<Tensor<readonly [784]>>
}

const prior = Net.mlp([784, 500, 500, 100])
const encoder = Net.mlp([784, 500, 500, 100])
const decoder = Net.mlp([50 + 784, 500, 500, 784])
const completion = program(function* () {
  yield* plate("images", function* ({ seen, hidden }: Row) {
    const z = yield* sample("z", Normal.fromLocLogVariance(prior(seen)))
    const logits = decoder(concat([z, seen]))
    yield* deterministic("pixels", sigmoid(logits))
    yield* masked("x", Bernoulli({ logits, soft: true }), hidden)
  })
}).guide(() => ({
  images: ({ seen, hidden }) => ({ z: Normal.fromLocLogVariance(encoder(add(seen, filled(hidden, 0)))) })
}))

/** The quadrants in the order in which they go missing. */
const order = ["top left", "bottom right", "top right", "bottom left"]
const quadrantOf = (pixel: number): number =>
  order.indexOf(`${pixel < 392 ? "top" : "bottom"} ${pixel % 28 < 14 ? "left" : "right"}`)

const split = (images: Digits["images"], missing: number) => {
  const pixels = numbers(images)
  const isSeen = (i: number): boolean => quadrantOf(i % 784) >= missing
  return {
    seen: Data.of(
      pixels.map((x, i) => (isSeen(i) ? x : 0)),
      [784]
    ),
    hidden: Data.missing(
      pixels.map((x, i) => (isSeen(i) ? Number.NaN : x)),
      [784],
      "unitInterval"
    )
  }
}

/** −log p(hidden | seen) of the Pyro tutorial's conditional model, by the number of quadrants that are missing. */
const bars = { 1: 24.2, 2: 51.0, 3: 71.8 }

await example("data-completion", ({ train, test, quick, fitting, check, picture }) =>
  Effect.gen(function* () {
    const rows: Array<{ readonly label: string; readonly images: Float32Array }> = []
    const shown = first(test, 12).images
    rows.push({ label: "original", images: numbers(shown) })
    for (const missing of [1, 2, 3] as const) {
      const fitted = yield* completion.fit({ images: split(first(train, 30_000).images, missing) }, fitting(10))
      const unseen = { images: split(first(test, quick ? 20 : 500).images, missing) }
      const log = (yield* fitted.logMarginal(unseen, { particles: quick ? 5 : 100 })) / unseen.images.seen.size
      check(`−log p(hidden | seen), ${missing} quadrants missing, nats per image`, -log, "at most", bars[missing])
      const given = split(shown, missing)
      const drawn = numbers((yield* fitted.predict({ images: given }, 1)).images.pixels)
      const input = numbers(given.seen)
      rows.push({ label: `${missing} missing`, images: input })
      rows.push({
        label: "completed",
        images: input.map((x, i) => (quadrantOf(i % 784) < missing ? (drawn[i] ?? 0) : x))
      })
    }
    yield* picture("completed", (path) => rowsOfDigits(path, { rows, title: "Test digits with missing quadrants" }))
  })
)
