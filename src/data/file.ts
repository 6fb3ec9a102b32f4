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
export const withFile = async <A>(
  path: string,
  signal: AbortSignal,
  use: (reader: Reader) => Promise<A>
): Promise<A> => {
  const { open, stat } = builtin("node:fs/promises")
  regular(path, await stat(path))
  const { O_RDONLY, O_NONBLOCK } = builtin("node:fs").constants
  // opening does not wait, even if the file has been replaced by a pipe meanwhile
  const file = await open(path, O_RDONLY | (O_NONBLOCK ?? 0))
  try {
    const about = await file.stat()
    regular(path, about)
    const start = new Uint8Array(2)
    await file.read(start, 0, 2, 0)
    return isGzip(start)
      ? await unpacked(path, file, about.size, signal, use)
      : await use(plain(path, file, about.size, signal))
  } finally {
    await file.close()
  }
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** The number of bytes of a slice. Between two slices the rest of the program can run. */
const slice = 1 << 22

/** Deflate expands two bits to at most 258 bytes. */
const largestRatio = 1032

const plain = (path: string, file: FileHandle, size: number, signal: AbortSignal): Reader => {
  let at = 0
  const fill = async (target: Uint8Array): Promise<number> => {
    let filled = 0
    while (filled < target.length) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(target, filled, Math.min(slice, target.length - filled), at)
      if (bytesRead === 0) break
      filled += bytesRead
      at += bytesRead
    }
    return filled
  }
  return { path, packed: false, atMost: size, fill, next: nextBy(fill) }
}

const unpacked = async <A>(
  path: string,
  file: FileHandle,
  size: number,
  signal: AbortSignal,
  use: (reader: Reader) => Promise<A>
): Promise<A> => {
  const { createGunzip } = builtin("node:zlib")
  const { pipeline } = builtin("node:stream")
  const source = file.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 16 })
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
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
