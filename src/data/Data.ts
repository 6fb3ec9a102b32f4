import { csv } from "./csv.ts"
import { Dataset } from "./Dataset.ts"
import { readImages, readLabels } from "./idx.ts"
import { missing } from "./missingRows.ts"
import { mnist } from "./mnist.ts"
import { npy, npz } from "./npy.ts"
import { csvStream } from "./stream/csvStream.ts"
import { npyStream, npzStream } from "./stream/npyStream.ts"
import { stream } from "./stream/RowStream.ts"

/**
 * Functions that load and prepare data. Those that read a file are Effects that fail with DataFormat; the others are pure functions of a {@link
 * Dataset}.
 *
 * @example
 * ```ts
 * const images = Effect.gen(function* () {
 *   const { train } = yield* Data.mnist
 *   return Data.binarize(Data.take(train.images, 10_000), { seed: 0 }) // Dataset<readonly [784], "boolean">
 * })
 * ```
 */
export const Data = {
  mnist,
  /** Images of an IDX file, compressed with gzip or not, in [0, 1]; the rows keep their dimensions (see `flatten`). */
  idx: readImages,
  /** Labels of an IDX file. */
  labels: readLabels,
  csv,
  npy,
  npz,
  missing,
  stream,
  csvStream,
  npyStream,
  npzStream,
  ...Dataset
} as const
