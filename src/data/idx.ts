import { Effect } from "effect"
import { DataFormat } from "../Errors.ts"
import { builtin } from "../host.ts"
import { showShape, sizeOf } from "../tensor/Tensor.ts"
import { Dataset } from "./Dataset.ts"

interface Values {
  readonly uint8: Uint8Array
  readonly int8: Int8Array
  readonly int16: Int16Array
  readonly int32: Int32Array
  readonly float32: Float32Array
  readonly float64: Float64Array
}

/** One IDX file: an array of any rank, its element type, and its numbers in row-major order. */
export type Idx = {
  readonly [D in keyof Values]: { readonly shape: ReadonlyArray<number>; readonly dtype: D; readonly values: Values[D] }
}[keyof Values]

/**
 * Parses the IDX format of the MNIST files: two zero bytes, a type code, the rank, then the dimensions and the numbers,
 * all big endian. Bytes are not copied. Needs nothing of Node.
 *
 * @throws DataFormat, which names the path, when the bytes are not exactly one such array
 */
export const parseIdx = (bytes: Uint8Array, path: string): Idx => {
  const fail = (reason: string, advice: string): DataFormat => new DataFormat({ path, reason, advice })
  if (isGzip(bytes))
    throw fail("the bytes are still compressed", "Unpack them with gunzip first; readIdx does so itself.")
  if (bytes.length < 4) throw fail(`truncated: expected a magic number of 4 bytes, got ${bytes.length}`, again)
  const [zero0, zero1, type = 0, rank = 0] = bytes
  const element = elements[type]
  if (zero0 !== 0 || zero1 !== 0 || element === undefined) {
    const magic = Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, "0")).join(" ")
    throw fail(
      `wrong magic number ${magic}`,
      "An IDX file starts with 00 00, then 08, 09, 0b, 0c, 0d or 0e, then its rank."
    )
  }
  if (rank === 0) throw fail("the array has no dimensions", "An IDX file has its rank, 1 or more, in its fourth byte.")
  const start = 4 + 4 * rank
  if (bytes.length < start) throw fail(`truncated: expected a header of ${start} bytes, got ${bytes.length}`, again)

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const count = sizeOf(shape)
  if (count === 0) throw fail(`a dimension of ${showShape(shape)} is 0`, "The file holds no data; fetch it again.")
  const expected = start + count * element.width
  if (bytes.length < expected) {
    throw fail(`truncated: expected ${expected} bytes for shape ${showShape(shape)}, got ${bytes.length}`, again)
  }
  if (bytes.length > expected) {
    const extra = bytes.length - expected
    throw fail(`${extra} trailing bytes after the ${expected} that shape ${showShape(shape)} needs`, again)
  }
  return element.read(view, start, shape)
}

/** Reads one IDX file from disk, compressed with gzip or not. */
export const readIdx = (path: string): Effect.Effect<Idx, DataFormat> =>
  Effect.tryPromise({
    try: async () => parseIdx(await readUnpacked(path), path),
    catch: (cause) =>
      cause instanceof DataFormat
        ? cause
        : new DataFormat({ path, reason: `cannot be read: ${words(cause)}`, advice: "Check the path and the file." })
  })

/** An IDX file of bytes with two dimensions or more as grey images in [0, 1]: a row is an image, MNIST's `[28, 28]`. */
export const readImages = (path: string): Effect.Effect<Dataset<ReadonlyArray<number>, "unitInterval">, DataFormat> =>
  Effect.flatMap(readIdx(path), (idx) =>
    idx.dtype === "uint8" && idx.shape.length > 1
      ? Effect.succeed(Dataset.ofBytes(idx.values, idx.shape.slice(1)))
      : Effect.fail(unlike(path, idx, "images (uint8, two dimensions or more)", "Data.labels reads lists of labels."))
  )

/** An IDX file with one dimension of bytes: class labels. */
export const readLabels = (path: string): Effect.Effect<Uint8Array, DataFormat> =>
  Effect.flatMap(readIdx(path), (idx) =>
    idx.dtype === "uint8" && idx.shape.length === 1
      ? Effect.succeed(idx.values)
      : Effect.fail(unlike(path, idx, "labels (uint8, one dimension)", "Data.idx reads images."))
  )

const again = "The file is damaged; fetch it again."

const unlike = (path: string, { dtype, shape }: Idx, wanted: string, advice: string): DataFormat =>
  new DataFormat({ path, reason: `expected ${wanted}, got ${dtype} of shape ${showShape(shape)}`, advice })

interface Element {
  readonly width: number
  readonly read: (view: DataView, start: number, shape: ReadonlyArray<number>) => Idx
}

/** Type code → bytes a number, and how to read them. */
const elements: Readonly<Record<number, Element>> = {
  8: {
    width: 1,
    read: (view, start, shape) => {
      const values = new Uint8Array(view.buffer, view.byteOffset + start, sizeOf(shape))
      return { shape, dtype: "uint8", values }
    }
  },
  9: {
    width: 1,
    read: (view, start, shape) => {
      const values = new Int8Array(view.buffer, view.byteOffset + start, sizeOf(shape))
      return { shape, dtype: "int8", values }
    }
  },
  11: {
    width: 2,
    read: (view, start, shape) => {
      const values = Int16Array.from({ length: sizeOf(shape) }, (_, i) => view.getInt16(start + 2 * i))
      return { shape, dtype: "int16", values }
    }
  },
  12: {
    width: 4,
    read: (view, start, shape) => {
      const values = Int32Array.from({ length: sizeOf(shape) }, (_, i) => view.getInt32(start + 4 * i))
      return { shape, dtype: "int32", values }
    }
  },
  13: {
    width: 4,
    read: (view, start, shape) => {
      const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => view.getFloat32(start + 4 * i))
      return { shape, dtype: "float32", values }
    }
  },
  14: {
    width: 8,
    read: (view, start, shape) => {
      const values = Float64Array.from({ length: sizeOf(shape) }, (_, i) => view.getFloat64(start + 8 * i))
      return { shape, dtype: "float64", values }
    }
  }
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const readUnpacked = async (path: string): Promise<Uint8Array> => {
  const bytes = await builtin("node:fs/promises").readFile(path)
  return isGzip(bytes) ? builtin("node:zlib").gunzipSync(bytes) : bytes
}

const words = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
