import type { FileHandle } from "node:fs/promises"
import { DataFormat } from "../Errors.ts"
import { builtin } from "../host.ts"

/** A file that is read from its start to its end, and unpacked if it is compressed with gzip. */
export interface Reader {
  readonly path: string
  readonly packed: boolean
  /** The largest number of bytes that the file can contain, from its size on disk. */
  readonly atMost: number
  /** The next bytes, up to the given number; fewer only at the end of the file. */
  readonly next: (count: number) => Promise<Uint8Array>
  /** Fills an array with the next bytes, in slices; returns their number. */
  readonly fill: (target: Uint8Array) => Promise<number>
}

/**
 * Opens a file for `use`, and closes it in every case, also after an error. Only the bytes that `use` requests are read, unpacked and kept.
 *
 * @throws DataFormat when it is no regular file (a pipe would never end, a device has no size)
 */
export const withFile = <A>(path: string, signal: AbortSignal, use: (reader: Reader) => Promise<A>): Promise<A> =>
  withOpen(path, async (file, size) => {
    const start = new Uint8Array(2)
    await file.read(start, 0, 2, 0)
    return withPart(file, { path, from: 0, size, packed: isGzip(start) ? "gzip" : undefined }, signal, use)
  })

/**
 * Opens a file that is read at any place, and closes it on every way out.
 *
 * @throws DataFormat when it is no regular file
 */
export const withOpen = async <A>(path: string, use: (file: FileHandle, size: number) => Promise<A>): Promise<A> => {
  const { open, stat } = builtin("node:fs/promises")
  regular(path, await stat(path))
  const { O_RDONLY, O_NONBLOCK } = builtin("node:fs").constants
  // opening does not wait, even if the file has been replaced by a pipe meanwhile
  const file = await open(path, O_RDONLY | (O_NONBLOCK ?? 0))
  try {
    const about = await file.stat()
    regular(path, about)
    return await use(file, about.size)
  } finally {
    await file.close()
  }
}

/** Some bytes of a file that are read from their start to their end. */
export interface Part {
  readonly path: string
  readonly from: number
  readonly size: number
  readonly packed: "gzip" | "deflate" | undefined
}

export const withPart = <A>(
  file: FileHandle,
  part: Part,
  signal: AbortSignal,
  use: (reader: Reader) => Promise<A>
): Promise<A> => (part.packed === undefined ? use(plain(file, part, signal)) : unpacked(file, part, signal, use))

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** The number of bytes of a slice. Between two slices the rest of the program can run. */
const slice = 1 << 22

/** Deflate expands two bits to at most 258 bytes. */
const largestRatio = 1032

const plain = (file: FileHandle, { path, from, size }: Part, signal: AbortSignal): Reader => {
  let at = from
  const fill = async (target: Uint8Array): Promise<number> => {
    let filled = 0
    while (filled < target.length) {
      signal.throwIfAborted()
      const count = Math.min(slice, target.length - filled, from + size - at)
      const { bytesRead } = count === 0 ? { bytesRead: 0 } : await file.read(target, filled, count, at)
      if (bytesRead === 0) break
      filled += bytesRead
      at += bytesRead
    }
    return filled
  }
  return { path, packed: false, atMost: size, fill, next: nextBy(fill) }
}

const unpacked = async <A>(
  file: FileHandle,
  part: Part,
  signal: AbortSignal,
  use: (reader: Reader) => Promise<A>
): Promise<A> => {
  const { path, size, packed } = part
  const { createGunzip, createInflateRaw } = builtin("node:zlib")
  const { pipeline, Readable } = builtin("node:stream")
  const source = Readable.from(piecesOf(plain(file, part, signal)))
  const gunzip = (packed === "gzip" ? createGunzip : createInflateRaw)({ chunkSize: 1 << 18 })
  // errors of either come out of the loop that reads
  pipeline(source, gunzip, () => {})
  const chunks: AsyncIterator<Uint8Array> = gunzip[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  const fill = async (target: Uint8Array): Promise<number> => {
    let filled = 0
    while (filled < target.length) {
      signal.throwIfAborted()
      if (rest.length === 0) {
        const { done, value } = await chunks.next()
        if (done === true) break
        rest = value
      }
      const part = rest.subarray(0, target.length - filled)
      target.set(part, filled)
      filled += part.length
      rest = rest.subarray(part.length)
    }
    return filled
  }
  try {
    return await use({ path, packed: true, atMost: size * largestRatio, fill, next: nextBy(fill) })
  } finally {
    gunzip.destroy()
    source.destroy()
  }
}

async function* piecesOf({ next }: Reader): AsyncGenerator<Uint8Array> {
  for (let bytes = await next(1 << 16); bytes.length > 0; bytes = await next(1 << 16)) yield bytes
}

const nextBy =
  (fill: Reader["fill"]): Reader["next"] =>
  async (count) => {
    const bytes = new Uint8Array(count)
    return bytes.subarray(0, await fill(bytes))
  }

const regular = (path: string, about: import("node:fs").Stats): void => {
  if (about.isFile()) return
  const kind = kinds.find(([, is]) => is(about))?.[0] ?? "something else"
  const advice = "Give the path of the file itself; copy a stream into a file first."
  throw new DataFormat({ path, reason: `this is ${kind}, not a regular file`, advice })
}

const kinds: ReadonlyArray<readonly [string, (about: import("node:fs").Stats) => boolean]> = [
  ["a folder", (about) => about.isDirectory()],
  ["a pipe", (about) => about.isFIFO()],
  ["a socket", (about) => about.isSocket()],
  ["a device", (about) => about.isCharacterDevice() || about.isBlockDevice()]
]
