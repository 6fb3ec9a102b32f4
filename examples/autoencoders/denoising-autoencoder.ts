// A denoising autoencoder (Vincent et al. 2008): the guide reads a corrupted image, the likelihood the clean one.
import { Effect } from "effect"
import {
  Data,
  type Dataset,
  Delta,
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
import { random } from "../programs/answers.ts"
import { asImages, example, first, numbers, squaredError } from "./run.ts"

interface Row {
  readonly corrupted: Tensor<readonly [784]>
}

const encoder = Net.mlp([784, 400, 40])
const decoder = Net.mlp([40, 400, 784])
const denoiser = program(function* () {
  yield* plate("images", function* (_: Row) {
    const code = yield* sample("code", Normal(0, 10).iid(40))
    const restored = yield* deterministic("restored", sigmoid(decoder(code)))
    yield* observe("clean", Normal(restored, 1))
  })
}).guide(() => ({ images: ({ corrupted }) => ({ code: Delta(encoder(corrupted)) }) }))

const { uniform, normal } = random(1)
/** The three corruptions of the paper, on grey values in [0, 1]. */
const corruptions = {
  gaussian: (x: number) => Math.min(1, Math.max(0, x + 0.5 * normal())),
  masking: (x: number) => (uniform() < 0.5 ? 0 : x),
  "salt and pepper": (x: number) => (uniform() < 0.7 ? x : Math.round(uniform()))
}

const corrupted = (images: Dataset<readonly [784]>, by: (x: number) => number) =>
  Data.of(
    numbers(images).map((x) => by(x)),
    [784]
  )

await example("denoising-autoencoder", ({ train, test, fitting, check, picture }) =>
  Effect.gen(function* () {
    const [clean, unseen] = [first(train, 30_000).images, first(test, 1000).images]
    const shown: Array<Float32Array> = []
    for (const [name, by] of Object.entries(corruptions)) {
      const [input, given] = [corrupted(clean, by), corrupted(unseen, by)]
      const fitted = yield* denoiser.fit({ images: { corrupted: input, clean } }, fitting(12))
      const draws = yield* fitted.posterior({ images: { corrupted: given, clean: unseen } }, 1)
      const restored = asImages(draws.images.restored)
      const ratio = squaredError(restored, unseen) / squaredError(given, unseen)
      check(`${name}: squared error after, for one before`, ratio, "at most", 0.5)
      for (const images of [unseen, given, restored]) shown.push(numbers(Data.take(images, 12)))
    }
    yield* picture("restored", (path) =>
      rowsOfDigits(path, {
        rows: Object.keys(corruptions).flatMap((name, i) =>
          ["clean", name, "restored"].map((label, j) => ({ label, images: shown[3 * i + j] ?? new Float32Array() }))
        ),
        title: "Test digits, corrupted in three ways, and restored"
      })
    )
  })
)
