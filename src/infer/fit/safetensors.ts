import { DataFormat } from "../../Errors.ts"
import { type Shape, showShape, sizeOf } from "../../tensor/Tensor.ts"
import { parseStrictly } from "./strictJson.ts"

export interface Stored {
  readonly shape: Shape
  readonly values: Float32Array
}

export interface Safetensors {
  readonly tensors: Readonly<Record<string, Stored>>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * The bytes of a safetensors file (huggingface/safetensors, format of version 0.3 and later): eight bytes with the
 * length of its header, a JSON header padded with spaces to a multiple of eight, the numbers; all little endian.
 *
 * @throws DataFormat when the numbers of a tensor do not fit its shape, or its name is kept for the metadata
 */
export const encode = (
  tensors: Readonly<Record<string, Stored>>,
  metadata: Readonly<Record<string, string>>
): Uint8Array => {
  const entries: Array<[string, Entry]> = []
  let end = 0
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    if (name === METADATA) {
      throw damaged("safetensors", `a tensor cannot be called '${METADATA}'`, "Give the tensor another name.")
    }
    if (!isShape(shape) || sizeOf(shape) !== values.length) {
      const reason = `tensor '${name}' of shape ${showShape(shape)} has ${values.length} numbers`
      throw damaged("safetensors", reason, "Store a tensor with its own shape.")
    }
    entries.push([name, { dtype: "F32", shape, data_offsets: [end, end + 4 * values.length] }])
    end += 4 * values.length
  }
  const described = Object.keys(metadata).length === 0 ? entries : [[METADATA, metadata], ...entries]
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(described)))
  const start = 8 + 8 * Math.ceil(json.length / 8)

  const bytes = new Uint8Array(start + end)
  bytes.fill(SPACE, 8, start)
  bytes.set(json, 8)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(start - 8), true)
  let offset = start
  for (const { values } of Object.values(tensors)) {
    if (littleEndian) bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset)
    else for (const [i, value] of values.entries()) view.setFloat32(offset + 4 * i, value, true)
    offset += values.byteLength
  }
  return bytes
}

/**
 * Reads what {@link encode}, or any other safetensors writer, has written. Only float32 tensors are understood.
 *
 * @throws DataFormat, which names the path and the tensor, for every file that breaks a rule of the format
 */
export const decode = (bytes: Uint8Array, path: string): Safetensors => {
  const { header, data } = split(bytes, path)
  const { [METADATA]: described = {}, ...rest } = header
  const entries = Object.entries(rest).map(([name, value]) => [name, entryOf(name, value, path)] as const)
  checkCovered(entries, data.length, path)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const tensors = entries.map(
    ([
      name,
      {
        shape,
        data_offsets: [start]
      }
    ]): [string, Stored] => {
      const size = sizeOf(shape)
      if (littleEndian) return [name, { shape, values: new Float32Array(copyOf(data, start, 4 * size)) }]
      return [
        name,
        { shape, values: Float32Array.from({ length: size }, (_, i) => view.getFloat32(start + 4 * i, true)) }
      ]
    }
  )
  return { tensors: Object.fromEntries(tensors), metadata: metadataOf(described, path) }
}

/** One tensor in the header; offsets are bytes from the end of the header. */
interface Entry {
  readonly dtype: "F32"
  readonly shape: Shape
  readonly data_offsets: readonly [number, number]
}

const METADATA = "__metadata__"
const SPACE = 0x20
/** Whether this machine stores numbers as the format does, as almost all do. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
/** The limit that the reference reader sets. */
const LONGEST_HEADER = 100_000_000

const split = (bytes: Uint8Array, path: string): { header: Readonly<Record<string, unknown>>; data: Uint8Array } => {
  if (bytes.length < 8) {
    throw damaged(path, `truncated: expected 8 bytes with the length of the header, got ${bytes.length}`)
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true)
  if (length > LONGEST_HEADER) {
    throw damaged(path, `a header of ${length} bytes is longer than the format allows`, "Is this a safetensors file?")
  }
  const start = 8 + Number(length)
  if (bytes.length < start) {
    throw damaged(path, `truncated: expected a header of ${length} bytes, got ${bytes.length - 8}`)
  }
  return { header: parseHeader(bytes.subarray(8, start), path), data: bytes.subarray(start) }
}

const parseHeader = (bytes: Uint8Array, path: string): Readonly<Record<string, unknown>> => {
  const header = parseJson(bytes, path)
  if (!isRecord(header)) throw damaged(path, "the header is not a JSON object", "Is this a safetensors file?")
  return header
}

const parseJson = (bytes: Uint8Array, path: string): unknown => {
  try {
    return parseStrictly(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw damaged(path, `the header is not JSON in UTF-8 (${why})`, "Is this a safetensors file?")
  }
}

const entryOf = (name: string, value: unknown, path: string): Entry => {
  if (!isRecord(value)) throw damaged(path, `the header's entry for tensor '${name}' is not an object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (dtype !== "F32") {
    const advice = "Convert the tensor to float32 (F32) before saving it."
    throw damaged(path, `tensor '${name}' has dtype ${JSON.stringify(dtype)}, which is not supported`, advice)
  }
  if (!isShape(shape)) throw damaged(path, `tensor '${name}' has the shape ${JSON.stringify(shape)}`)
  if (!isShape(offsets)) throw damaged(path, `tensor '${name}' has the offsets ${JSON.stringify(offsets)}`)
  const [start, end] = offsets
  if (start === undefined || end === undefined || offsets.length !== 2 || end < start) {
    throw damaged(path, `tensor '${name}' has the offsets ${JSON.stringify(offsets)}`)
  }
  if (end - start !== 4 * sizeOf(shape)) {
    const needed = 4 * sizeOf(shape)
    throw damaged(path, `tensor '${name}' of shape ${showShape(shape)} needs ${needed} bytes, but has ${end - start}`)
  }
  return { dtype, shape, data_offsets: [start, end] }
}

/** The tensors must lie side by side and fill the data: no overlap, no hole, nothing after the end. */
const checkCovered = (entries: ReadonlyArray<readonly [string, Entry]>, size: number, path: string): void => {
  const sorted = entries.toSorted(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]
  )
  let reached = 0
  for (const [
    name,
    {
      data_offsets: [start, end]
    }
  ] of sorted) {
    if (start < reached)
      throw damaged(path, `tensor '${name}' starts at byte ${start} of the data, inside another tensor`)
    if (start > reached) throw damaged(path, `bytes ${reached} to ${start} of the data belong to no tensor`)
    if (end > size) {
      throw damaged(path, `tensor '${name}' ends at byte ${end} of the data, but the file has only ${size}`)
    }
    reached = end
  }
  if (reached < size) throw damaged(path, `${size - reached} trailing bytes belong to no tensor`)
}

/** Bytes in memory of their own: `slice` of a Buffer would share it. */
const copyOf = ({ buffer, byteOffset }: Uint8Array, start: number, size: number): ArrayBufferLike =>
  buffer.slice(byteOffset + start, byteOffset + start + size)

const metadataOf = (value: unknown, path: string): Readonly<Record<string, string>> => {
  if (!isRecord(value)) throw damaged(path, `'${METADATA}' in the header is not an object`)
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== "string")
      throw damaged(path, `'${METADATA}' holds ${JSON.stringify(text)} under '${key}', not a text`)
    return [key, text]
  })
  return Object.fromEntries(entries)
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isShape = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)

const damaged = (path: string, reason: string, advice = "The file is damaged; save or fetch it again."): DataFormat =>
  new DataFormat({ path, reason, advice })
