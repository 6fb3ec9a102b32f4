import { Effect } from "effect"
import { DataFormat } from "../Errors.ts"
import { memory } from "../host.ts"
import { showShape, sizeOf } from "../tensor/Tensor.ts"
import { Dataset } from "./Dataset.ts"
import { isGzip, type Reader, withFile } from "./file.ts"

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
 * Parses the IDX format of the MNIST files: two zero bytes, a type code, the rank, then the dimensions and the numbers, all big endian. Bytes are not
 * copied. It does not need Node.
 *
 * @throws DataFormat, which names the path, when the bytes are not exactly one such array
 */
export const parseIdx = (bytes: Uint8Array, path: string): Idx => {
  const header = headerOf(bytes.subarray(0, longestHeader), path)
  checkLength(header, bytes.length, path)
  const { element, shape, start } = header
  const data = bytes.subarray(start)
  const { idx, decode } = element.over(element.width === 1 ? data : new Uint8Array(data), shape)
  decode(0, sizeOf(shape))
  return idx
}

/**
 * Reads one IDX file from disk, compressed with gzip or not. It allocates no more memory than the header announces, and none if the file is too small
 * for that.
 */
export const readIdx = (path: string): Effect.Effect<Idx, DataFormat> =>
  Effect.tryPromise({
    try: (signal) => withFile(path, signal, read),
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

interface Header {
  readonly element: Element
  readonly shape: ReadonlyArray<number>
  /** the position of the first number */
  readonly start: number
  /** the number of bytes of the whole file */
  readonly length: number
}

/** The length of the header of an array of 255 dimensions, which is the longest. */
const longestHeader = 4 + 4 * 255

const headerOf = (bytes: Uint8Array, path: string): Header => {
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
  if (shape.includes(0))
    throw fail(`a dimension of ${showShape(shape)} is 0`, "The file holds no data; fetch it again.")
  return { element, shape, start, length: start + sizeOf(shape) * element.width }
}

const checkLength = ({ shape, length }: Header, actual: number, path: string): void => {
  if (actual < length) {
    const reason = `truncated: expected ${length} bytes for shape ${showShape(shape)}, got ${actual}`
    throw new DataFormat({ path, reason, advice: again })
  }
  if (actual > length) {
    const reason = `${actual - length} trailing bytes after the ${length} that shape ${showShape(shape)} needs`
    throw new DataFormat({ path, reason, advice: again })
  }
}

const read = async (reader: Reader): Promise<Idx> => {
  const { path } = reader
  const magic = await reader.next(4)
  const dimensions = await reader.next(4 * (magic[3] ?? 0))
  const header = headerOf(Uint8Array.of(...magic, ...dimensions), path)
  const { element, shape, start, length } = header
  const promise = `shape ${showShape(shape)} needs ${sized(length)}`
  if (!reader.packed) checkLength(header, reader.atMost, path)
  if (length > reader.atMost) {
    throw new DataFormat({
      path,
      reason: `${promise}, but the file unpacks to ${sized(reader.atMost)} at most`,
      advice: again
    })
  }
  if (length > memory()) {
    const advice = "Split the file, or read it on a larger machine."
    throw new DataFormat({ path, reason: `${promise}, but there are ${sized(memory())} of memory`, advice })
  }
  const data = new Uint8Array(length - start)
  const filled = start + (await reader.fill(data))
  if (filled === length && (await reader.next(1)).length > 0) {
    const reason = `it goes on after the ${length} bytes that shape ${showShape(shape)} needs`
    throw new DataFormat({ path, reason, advice: again })
  }
  checkLength(header, filled, path)
  const { idx, decode } = element.over(data, shape)
  for (let from = 0, size = sizeOf(shape); from < size; from += slice) {
    decode(from, Math.min(from + slice, size))
    await new Promise(setImmediate)
  }
  return idx
}

/** The number of values whose bytes are reversed before the rest of the program can run. */
const slice = 1 << 20

/** A number of bytes in words for people. */
const sized = (bytes: number): string => {
  const power = Math.min(6, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  if (bytes >= 1e21) return "more than 1000 EB"
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${" kMGTPE"[power]}B`
}

interface Element {
  /** bytes per number */
  readonly width: number
  /** The array on these bytes, and a function that reverses the byte order of some of its numbers in place; they are big endian in the file. */
  readonly over: (
    data: Uint8Array,
    shape: ReadonlyArray<number>
  ) => { readonly idx: Idx; readonly decode: (from: number, to: number) => void }
}

const asTheyAre = (): void => {}

const turning =
  (values: { [place: number]: number }, get: (place: number) => number) =>
  (from: number, to: number): void => {
    for (let i = from; i < to; i++) values[i] = get(i)
  }

/** The readers of numbers, by type code. */
const elements: Readonly<Record<number, Element>> = {
  8: {
    width: 1,
    over: (data, shape) => ({
      idx: { shape, dtype: "uint8", values: new Uint8Array(...place(data, 1)) },
      decode: asTheyAre
    })
  },
  9: {
    width: 1,
    over: (data, shape) => ({
      idx: { shape, dtype: "int8", values: new Int8Array(...place(data, 1)) },
      decode: asTheyAre
    })
  },
  11: {
    width: 2,
    over: (data, shape) => {
      const [values, view] = [new Int16Array(...place(data, 2)), new DataView(...place(data, 1))]
      return { idx: { shape, dtype: "int16", values }, decode: turning(values, (i) => view.getInt16(2 * i)) }
    }
  },
  12: {
    width: 4,
    over: (data, shape) => {
      const [values, view] = [new Int32Array(...place(data, 4)), new DataView(...place(data, 1))]
      return { idx: { shape, dtype: "int32", values }, decode: turning(values, (i) => view.getInt32(4 * i)) }
    }
  },
  13: {
    width: 4,
    over: (data, shape) => {
      const [values, view] = [new Float32Array(...place(data, 4)), new DataView(...place(data, 1))]
      return { idx: { shape, dtype: "float32", values }, decode: turning(values, (i) => view.getFloat32(4 * i)) }
    }
  },
  14: {
    width: 8,
    over: (data, shape) => {
      const [values, view] = [new Float64Array(...place(data, 8)), new DataView(...place(data, 1))]
      return { idx: { shape, dtype: "float64", values }, decode: turning(values, (i) => view.getFloat64(8 * i)) }
    }
  }
}

const place = (data: Uint8Array, width: number): [ArrayBufferLike, number, number] => [
  data.buffer,
  data.byteOffset,
  data.byteLength / width
]

const unlike = (path: string, { dtype, shape }: Idx, wanted: string, advice: string): DataFormat =>
  new DataFormat({ path, reason: `expected ${wanted}, got ${dtype} of shape ${showShape(shape)}`, advice })

const words = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
