import type { Effect } from "effect"
import { DataFormat } from "../../Errors.ts"
import { type Shape, showShape, sizeOf } from "../../tensor/Tensor.ts"
import type { Dataset } from "../Dataset.ts"
import { type Reader, withFile } from "../file.ts"
import { mustBeThere, type NpyChoice, type NpyOptions, reading, rowOf } from "../npy.ts"
import { type OpenNpy, openNpy } from "../npyArray.ts"
import { withEntries } from "../zip.ts"
import { heldOpen } from "./heldOpen.ts"
import { checkedStream, fieldOf, type RowStream, type StreamOptions } from "./RowStream.ts"

/** How the rows of arrays are streamed; their number stands in the arrays. */
export type NpyStreamOptions = Omit<StreamOptions, "rows">

/** An array in a file of its own. */
export interface NpyFile extends NpyOptions {
  readonly path: string
}

type Fields<T> = { readonly [K in keyof T & string]: NpyChoice<T[K]> }

/**
 * Rows of arrays that do not fit into memory, each in a file in NumPy's NPY format, as `Data.stream` gives them: `fit` reads the files side by side in each pass, in slices, through a shuffle buffer. The arrays have equally many rows and
 * are in C order. With `missing: true` NaN is a hole.
 *
 * Fails with DataFormat as `Data.npy` does; a number outside of the support is named by its row when `fit` reads it.
 *
 * @example
 * ```ts
 * const rows = Data.npyStream({ x: { path: "x.npy", event: [3] }, y: { path: "y.npy", event: [] } }, { shuffle: 50_000 })
 * // Effect of RowStream<{ x: Dataset<[3], "real">, y: Dataset<[], "real"> }>
 * ```
 */
export const npyStream = <const T extends { readonly [name: string]: NpyFile }>(
  arrays: T,
  options: NpyStreamOptions = {}
): Effect.Effect<RowStream<Fields<T>>, DataFormat> => {
  const named = Object.entries(arrays).map(([name, { path, ...array }]) => ({ name, path, array }))
  const open: Open = (use, signal) => {
    const opened = (readers: ReadonlyArray<Reader>): Promise<void> => {
      const file = named[readers.length]
      return file === undefined ? use(readers) : withFile(file.path, signal, (reader) => opened([...readers, reader]))
    }
    return opened([])
  }
  return streamed(named[0]?.path ?? "Data.npyStream", named, open, options)
}

/**
 * The same for arrays of one file that `numpy.savez` or `numpy.savez_compressed` wrote, by their names. Its checksums are checked at the end of each pass.
 *
 * @example
 * ```ts
 * const rows = Data.npzStream("data.npz", { x: { event: [3] }, y: { event: [], missing: true } })
 * // Effect of RowStream<{ x: Dataset<[3], "real">, y: MissingRows<[], "real"> }>
 * ```
 */
export const npzStream = <const T extends { readonly [name: string]: NpyOptions }>(
  path: string,
  arrays: T,
  options: NpyStreamOptions = {}
): Effect.Effect<RowStream<Fields<T>>, DataFormat> => {
  const named = Object.entries(arrays).map(([name, array]) => ({ name, path: `${path}/${name}`, array }))
  const open: Open = (use, signal) =>
    withEntries(path, signal, (names) => named.map(({ name }) => mustBeThere(name, names, path)), use)
  return streamed(path, named, open, options)
}

/** Opens all arrays side by side, and closes them when its argument has ended. */
type Open = (use: (readers: ReadonlyArray<Reader>) => Promise<void>, signal: AbortSignal) => Promise<void>

interface NamedArray {
  readonly name: string
  /** how it is called in messages */
  readonly path: string
  readonly array: NpyOptions
}

/** What the options say of the rows is checked, but cannot be followed by the compiler. */
const streamed = <T>(
  path: string,
  named: ReadonlyArray<NamedArray>,
  open: Open,
  options: NpyStreamOptions
): Effect.Effect<RowStream<Fields<T>>, DataFormat> =>
  reading(path, async (signal): Promise<RowStream<Fields<T>>> => {
    const { shuffle = 10_000, seed } = checkedStream(options)
    const names = Object.fromEntries(named.map(({ name }) => [name, true]))
    if (named.length === 0)
      throw new DataFormat({ path, reason: "no array is named", advice: "Name at least one: { x: { event: [] } }." })
    let headers: ReadonlyArray<Header> = []
    for await (const found of heldOpen(open, (readers) => headersOf(named, readers))) {
      headers = found
      // the numbers are not read now
      break
    }
    signal.throwIfAborted()
    return {
      _tag: "RowStream",
      fields: Object.fromEntries(
        headers.flatMap(({ name, event, support, missing }) => fieldOf(name, { event, support, missing }, names))
      ),
      ...{ rows: headers[0]?.rows, shuffle, seed },
      isRepeatable: true,
      open: () => heldOpen(open, (readers) => piecesOf(named, headers, readers))
    }
  })

interface Header {
  readonly name: string
  readonly rows: number
  readonly event: Shape
  readonly support: string
  readonly missing: boolean
  readonly opened: OpenNpy
}

/** What the arrays hold, which have equally many rows, one after the other in each. */
async function* headersOf(
  named: ReadonlyArray<NamedArray>,
  readers: ReadonlyArray<Reader>
): AsyncGenerator<ReadonlyArray<Header>> {
  const headers: Array<Header> = []
  for (const [i, { name, path, array }] of named.entries()) {
    const opened = await openNpy(readers[i] as Reader)
    const { event, support } = rowOf(opened, path, array)
    const rows = opened.shape[0] ?? 0
    const [first] = headers
    if (first !== undefined && first.rows !== rows)
      throw new DataFormat({
        path,
        reason: `the array has ${rows} rows, but '${first.name}' has ${first.rows}`,
        advice: "All fields of a plate have the same rows."
      })
    if (opened.isFortran && opened.shape.length > 1)
      throw new DataFormat({
        path,
        reason: `the array ${showShape(opened.shape)} is in Fortran order, in which the numbers of a row lie apart`,
        advice: "Save it in C order, numpy.save(path, numpy.ascontiguousarray(array)), or read it with Data.npy."
      })
    headers.push({ name, rows, event, support, missing: array.missing === true, opened })
  }
  yield headers
}

type Piece = Readonly<Record<string, Pick<Dataset, "event" | "size" | "shape" | "support" | "values" | "scale">>>

/** How many numbers are read at once. */
const inPiece = 1 << 16

async function* piecesOf(
  named: ReadonlyArray<NamedArray>,
  known: ReadonlyArray<Header>,
  readers: ReadonlyArray<Reader>
): AsyncGenerator<Piece> {
  for await (const headers of headersOf(named, readers)) {
    mustBeSame(named, known, headers)
    const rows = headers[0]?.rows ?? 0
    const width = headers.reduce((sum, { event }) => sum + sizeOf(event), 0)
    const step = Math.max(1, Math.floor(inPiece / width))
    for (let from = 0; from < rows; from += step) {
      const size = Math.min(step, rows - from)
      const piece: Array<readonly [string, Piece[string]]> = []
      for (const { name, event, support, opened } of headers) {
        const values = await opened.next(size * sizeOf(event))
        piece.push([name, { event, size, shape: [size, ...event], support, values, scale: 1 }])
      }
      yield Object.fromEntries(piece)
    }
    for (const { opened } of headers) await opened.end()
  }
}

/** @throws DataFormat where a file is another one than it was when the stream was made */
const mustBeSame = (
  named: ReadonlyArray<NamedArray>,
  known: ReadonlyArray<Header>,
  headers: ReadonlyArray<Header>
): void => {
  for (const [i, { opened }] of headers.entries()) {
    const [before, now] = [showShape(known[i]?.opened.shape ?? []), showShape(opened.shape)]
    if (before === now) continue
    const reason = `the array has shape ${now}, and had ${before} when the stream was made`
    throw new DataFormat({ path: named[i]?.path ?? "", reason, advice: "The file has changed: make the stream anew." })
  }
}
