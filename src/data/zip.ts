import type { FileHandle } from "node:fs/promises"
import { DataFormat } from "../Errors.ts"
import { builtin } from "../host.ts"
import { type Reader, withOpen, withPart } from "./file.ts"

/** One file of an archive, as the archive's directory describes it. */
interface Entry {
  readonly name: string
  readonly method: number
  readonly isEncrypted: boolean
  readonly checksum: number
  readonly packedSize: number
  readonly size: number
  /** where its own header begins */
  readonly at: number
}

/**
 * Reads files of a ZIP archive, stored or deflated, one after the other; `choose` names those that are wanted, given all names. Sizes are judged by the
 * directory before anything is unpacked, and no more is unpacked than it promises.
 *
 * @throws DataFormat for what is no such archive, a file that is damaged (its CRC-32 is checked), encrypted or compressed in another way
 */
export const readZip = <A>(
  path: string,
  signal: AbortSignal,
  choose: (names: ReadonlyArray<string>) => ReadonlyArray<string>,
  use: (name: string, reader: Reader) => Promise<A>
): Promise<Readonly<Record<string, A>>> =>
  withOpen(path, async (file, size) => {
    const entries = await directory(path, file, size)
    const results: Array<readonly [string, A]> = []
    for (const name of choose(entries.map((entry) => entry.name))) {
      const entry = entries.find((each) => each.name === name)
      if (entry === undefined) throw new Error(`'${name}' was chosen, which the archive does not hold`)
      results.push([name, await readEntry(path, file, size, entry, signal, (reader) => use(name, reader))])
    }
    return Object.fromEntries(results)
  })

/** Several files of an archive, each read from its start to its end, side by side. Throws as {@link readZip} does. */
export const withEntries = <A>(
  path: string,
  signal: AbortSignal,
  choose: (names: ReadonlyArray<string>) => ReadonlyArray<string>,
  use: (readers: ReadonlyArray<Reader>) => Promise<A>
): Promise<A> =>
  withOpen(path, async (file, size) => {
    const entries = await directory(path, file, size)
    const chosen = choose(entries.map((entry) => entry.name))
    const opened = (readers: ReadonlyArray<Reader>): Promise<A> => {
      const name = chosen[readers.length]
      if (name === undefined) return use(readers)
      const entry = entries.find((each) => each.name === name)
      if (entry === undefined) throw new Error(`'${name}' was chosen, which the archive does not hold`)
      return readEntry(path, file, size, entry, signal, (reader) => opened([...readers, reader]))
    }
    return opened([])
  })

const damaged = (path: string, reason: string): DataFormat =>
  new DataFormat({ path, reason, advice: "The file is damaged, or no ZIP archive; write it again." })

const bytesAt = async (path: string, file: FileHandle, from: number, count: number): Promise<DataView> => {
  const bytes = new Uint8Array(count)
  const { bytesRead } = await file.read(bytes, 0, count, from)
  if (bytesRead < count) throw damaged(path, `truncated: expected ${count} bytes at ${from}, got ${bytesRead}`)
  return new DataView(bytes.buffer)
}

const marks = {
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  entry: 0x02014b50,
  local: 0x04034b50
} as const

/** A record of the end, its longest comment included. */
const longestEnd = 22 + 0xffff

const directory = async (path: string, file: FileHandle, size: number): Promise<ReadonlyArray<Entry>> => {
  const from = Math.max(0, size - longestEnd)
  const tail = await bytesAt(path, file, from, size - from)
  let end = tail.byteLength - 22
  while (end >= 0 && tail.getUint32(end, true) !== marks.end) end--
  if (end < 0) throw damaged(path, "the record at the end of a ZIP archive is not there")
  const place = await placeOfDirectory(path, file, size, tail, end)
  if (place.at + place.size > size)
    throw damaged(path, `its directory of ${place.size} bytes at ${place.at} goes beyond its ${size} bytes`)
  const view = await bytesAt(path, file, place.at, place.size)
  const entries: Array<Entry> = []
  for (let at = 0; at < view.byteLength; ) {
    if (at + 46 > view.byteLength || view.getUint32(at, true) !== marks.entry)
      throw damaged(path, `its directory has no entry at ${place.at + at}`)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true))
    const next = at + 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0)
    if (next > view.byteLength) throw damaged(path, "an entry goes beyond its directory")
    entries.push(entryAt(path, view, at, nameLength ?? 0, extraLength ?? 0))
    at = next
  }
  return entries
}

/** Archives of 4 GB and more have a longer record before the one at the end. */
const placeOfDirectory = async (
  path: string,
  file: FileHandle,
  size: number,
  tail: DataView,
  end: number
): Promise<{ readonly at: number; readonly size: number }> => {
  const short = { size: tail.getUint32(end + 12, true), at: tail.getUint32(end + 16, true) }
  if (short.size !== 0xffffffff && short.at !== 0xffffffff) return short
  const locator = end - 20
  if (locator < 0 || tail.getUint32(locator, true) !== marks.locator64)
    throw damaged(path, "it has no place of its directory")
  const at = wide(path, tail, locator + 8)
  if (at + 56 > size) throw damaged(path, "the place of its directory lies beyond its end")
  const record = await bytesAt(path, file, at, 56)
  if (record.getUint32(0, true) !== marks.end64) throw damaged(path, "it has no place of its directory")
  return { size: wide(path, record, 40), at: wide(path, record, 48) }
}

const entryAt = (path: string, view: DataView, at: number, nameLength: number, extraLength: number): Entry => {
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, nameLength))
  const sizes = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)]
  const [size = 0, packedSize = 0, start = 0] = widened(path, view, at + 46 + nameLength, extraLength, sizes)
  return {
    name,
    method: view.getUint16(at + 10, true),
    isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
    checksum: view.getUint32(at + 16, true),
    packedSize,
    size,
    at: start
  }
}

/** Numbers that do not fit into 32 bits stand, in their order, in the extra field 1. */
const widened = (
  path: string,
  view: DataView,
  from: number,
  length: number,
  numbers: ReadonlyArray<number>
): ReadonlyArray<number> => {
  if (!numbers.includes(0xffffffff)) return numbers
  for (let at = from; at + 4 <= from + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    const end = Math.min(from + length, at + 4 + view.getUint16(at + 2, true))
    let next = at + 4
    return numbers.map((number) => {
      if (number !== 0xffffffff) return number
      if (next + 8 > end) throw damaged(path, "the size of an entry is not there")
      next += 8
      return wide(path, view, next - 8)
    })
  }
  throw damaged(path, "the size of an entry is not there")
}

const wide = (path: string, view: DataView, at: number): number => {
  const value = Number(view.getBigUint64(at, true))
  if (!Number.isSafeInteger(value)) throw damaged(path, `a size or place of ${value} bytes cannot be`)
  return value
}

const readEntry = async <A>(
  path: string,
  file: FileHandle,
  fileSize: number,
  { name, method, isEncrypted, checksum, packedSize, size, at }: Entry,
  signal: AbortSignal,
  use: (reader: Reader) => Promise<A>
): Promise<A> => {
  const place = `${path}/${name}`
  if (isEncrypted || (method !== 0 && method !== 8)) {
    const reason = isEncrypted ? "it is encrypted" : `it is compressed in a way (${method}) that is not read`
    throw new DataFormat({ path: place, reason, advice: "Write it stored or deflated." })
  }
  if (at + 30 > fileSize) throw damaged(place, `its header at ${at} lies beyond the archive`)
  const header = await bytesAt(path, file, at, 30)
  if (header.getUint32(0, true) !== marks.local) throw damaged(place, `it has no header at ${at}`)
  const from = at + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  if (from + packedSize > fileSize) throw damaged(place, "it goes beyond the archive")
  if (method === 0 && packedSize !== size) throw damaged(place, `it is stored, but of ${packedSize} and ${size} bytes`)
  const part = { path: place, from, size: packedSize, packed: method === 8 ? "deflate" : undefined } as const
  return withPart(file, part, signal, async (reader) => {
    const { crc32 } = builtin("node:zlib")
    let [read, sum] = [0, 0]
    const count = (bytes: Uint8Array): void => {
      read += bytes.length
      sum = crc32(bytes, sum)
    }
    const result = await use({
      path: place,
      packed: reader.packed,
      atMost: Math.min(size, reader.atMost),
      next: async (wanted) => {
        const bytes = await reader.next(wanted)
        count(bytes)
        return bytes
      },
      fill: async (target) => {
        const filled = await reader.fill(target)
        count(target.subarray(0, filled))
        return filled
      }
    })
    if (read !== size) throw damaged(place, `its directory says ${size} bytes, but it has ${read}`)
    if (sum !== checksum) throw damaged(place, "its checksum is not that of its bytes")
    return result
  })
}
