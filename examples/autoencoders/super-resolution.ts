// From 7 × 7 to 28 × 28 pixels: a conditional variational autoencoder draws several images that fit one small one.
import { Effect } from "effect"
import {
  Bernoulli,
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
import { rowsOfDigits } from "../figures.ts"
import { bicubic, blocks, shrunk } from "./pixels.ts"
import { example, numbers, squaredError } from "./run.ts"

interface Row {
  readonly small: Tensor<readonly [49]>
}

const encoder = Net.mlp([784 + 49, 400, 40])
const decoder = Net.mlp([20 + 49, 400, 784])
const enlarged = program(function* () {
  yield* plate("images", function* ({ small }: Row) {
    const z = yield* sample("z", Normal(0, 1).iid(20))
    const logits = decoder(concat([z, small]))
    yield* deterministic("pixels", sigmoid(logits))
    yield* observe("x", Bernoulli({ logits, soft: true }))
  })
}).guide(() => ({ images: ({ x, small }) => ({ z: Normal.fromLocLogVariance(encoder(concat([x, small]))) }) }))

const decibels = (error: number): number => -10 * Math.log10(error)

await example("super-resolution", ({ train, test, fitting, check, picture }) =>
  Effect.gen(function* () {
    const fitted = yield* enlarged.fit({ images: { x: train.images, small: shrunk(train.images) } }, fitting(15))
    const unseen = Data.take(test.images, 100)
    const small = shrunk(unseen)
    const { images } = yield* fitted.predict({ images: { small } }, 16)
    const draws = numbers(images.pixels)
    const average = Float32Array.from({ length: unseen.size * 784 }, (_, i) => {
      let sum = 0
      for (let k = 0; k < 16; k++) sum += draws[k * unseen.size * 784 + i] ?? 0
      return sum / 16
    })
    const smooth = bicubic(small)
    const ours = decibels(squaredError(Data.of(average, [784]), unseen))
    check(
      "peak signal to noise of the mean of 16 draws, dB (bicubic has the bar)",
      ours,
      "at least",
      decibels(squaredError(smooth, unseen))
    )
    const draw = (k: number) => draws.subarray(k * unseen.size * 784, k * unseen.size * 784 + 12 * 784)
    const rows = [
      { label: "7 × 7", images: numbers(Data.take(blocks(small), 12)) },
      { label: "bicubic", images: numbers(Data.take(smooth, 12)) },
      ...[0, 1, 2].map((k) => ({ label: `draw ${k + 1}`, images: draw(k) })),
      { label: "original", images: numbers(Data.take(unseen, 12)) }
    ]
    yield* picture("enlarged", (path) => rowsOfDigits(path, { rows, title: "Small digits, enlarged" }))
  })
)
