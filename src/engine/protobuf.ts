/** A field of a message: its number, and its type, which is a scalar or the name of another message. The keys of a map are strings. */
export interface Field {
  readonly id: number
  readonly type: string
  readonly rule?: "repeated"
  readonly keyType?: "string"
}

/** Messages by name, in the form of protobufjs's JSON descriptors. */
export interface Schema {
  readonly nested: Readonly<
    Record<
      string,
      {
        readonly oneofs?: Readonly<Record<string, { readonly oneof: ReadonlyArray<string> }>>
        readonly fields: Readonly<Record<string, Field>>
      }
    >
  >
}

export const field = (id: number, type: string, rule?: "repeated"): Field =>
  rule === undefined ? { id, type } : { id, type, rule }

export const map = (id: number, keyType: "string", type: string): Field => ({ id, keyType, type })

/**
 * Returns a function that writes plain data as the message `name` in the Protocol Buffers wire format. As in proto3, a scalar that is 0, false or
 * empty is left out unless it is in a `oneof`, and repeated numbers are packed. No code is generated, because a content security policy may forbid
 * it. The returned function throws a TypeError when a value is not of its field's type, or when a message has no such field.
 *
 * @throws TypeError when a field's type is no message of the schema
 */
export const protobuf = (schema: Schema, name: string): ((value: object) => Uint8Array<ArrayBuffer>) => {
  const kinds = new Map<string, Kind>(Object.entries(scalars))
  const fields = new Map<string, Array<Slot>>()
  for (const message of Object.keys(schema.nested)) {
    const slots: Array<Slot> = []
    fields.set(message, slots)
    kinds.set(message, { wire: 2, write: (out, value) => writeMessage(out, message, slots, value) })
  }
  const kindOf = (type: string): Kind => {
    const kind = kinds.get(type)
    if (kind === undefined) throw new TypeError(`there is no message '${type}'`)
    return kind
  }
  for (const [message, { fields: declared, oneofs = {} }] of Object.entries(schema.nested)) {
    const alternatives = Object.values(oneofs).flatMap(({ oneof }) => oneof)
    const slots = Object.entries(declared).map(([key, field]) => ({
      id: field.id,
      key,
      write: writerOf(field, kindOf(field.type), alternatives.includes(key))
    }))
    fields.get(message)?.push(...slots.sort((a, b) => b.id - a.id))
  }
  const { write } = kindOf(name)
  return (value) => {
    const out: Out = { bytes: new Uint8Array(1 << 14), at: 1 << 14 }
    write(out, value)
    return out.bytes.slice(out.at)
  }
}

/** Bytes are written from the end to the start, because the length of a message comes before it, but is known only afterwards. */
interface Out {
  bytes: Uint8Array<ArrayBuffer>
  /** the position of the first byte that has been written */
  at: number
}

/** Writes a value and returns true; returns false if the value is not of the type. */
type Write = (out: Out, value: unknown) => boolean

/** The writer of values of one type, without their tags: its wire type, and the default value, which is not written. */
interface Kind {
  readonly wire: 0 | 2 | 5
  readonly blank?: (value: unknown) => boolean
  readonly write: Write
}

/** A field of a message. The fields of a message are in reverse order. */
interface Slot {
  readonly id: number
  readonly key: string
  readonly write: Write
}

const writeMessage = (out: Out, name: string, slots: ReadonlyArray<Slot>, value: unknown): boolean => {
  if (!isRecord(value)) return false
  let unknown = Object.keys(value).length
  for (const { key, write } of slots) {
    const each = value[key]
    if (each !== undefined || Object.hasOwn(value, key)) unknown--
    if (each !== undefined && !write(out, each)) throw new TypeError(`'${key}' of a ${name} cannot be ${show(each)}`)
  }
  if (unknown === 0) return true
  const other = Object.keys(value).filter((key) => !slots.some((slot) => slot.key === key))
  throw new TypeError(`a ${name} has no field ${other.map((key) => `'${key}'`).join(", ")}`)
}

/** Writes all values of a field with their tags. */
const writerOf = ({ id, rule, keyType }: Field, kind: Kind, alternative: boolean): Write => {
  const one = tagged(id, kind)
  if (keyType !== undefined) {
    const [key, value] = [tagged(1, scalars.string), tagged(2, kind)]
    const entry: Write = (out, pair) => Array.isArray(pair) && value(out, pair[1]) && key(out, pair[0])
    const each = tagged(id, { wire: 2, write: entry })
    return (out, record) => isRecord(record) && writeEach(out, Object.entries(record), each)
  }
  if (rule === undefined) {
    const { blank } = kind
    return blank === undefined || alternative ? one : (out, value) => blank(value) || one(out, value)
  }
  if (kind.wire === 2) return (out, values) => Array.isArray(values) && writeEach(out, values, one)
  const all = tagged(id, {
    wire: 2,
    write: (out, values) => Array.isArray(values) && writeEach(out, values, kind.write)
  })
  return (out, values) => (Array.isArray(values) && values.length === 0) || all(out, values)
}

const tagged = (id: number, { wire, write }: Kind): Write => {
  const tag = (id << 3) | wire
  if (wire !== 2) return (out, value) => write(out, value) && writeVarint(out, tag)
  return (out, value) => {
    const end = out.bytes.length - out.at
    return write(out, value) && writeVarint(out, out.bytes.length - out.at - end) && writeVarint(out, tag)
  }
}

const writeEach = (out: Out, values: ReadonlyArray<unknown>, write: Write): boolean => {
  for (let i = values.length - 1; i >= 0; i--) if (!write(out, values[i])) return false
  return true
}

/** Seven bits per byte, the lowest first. A negative number is written as its two's complement of 64 bits. */
const writeVarint = (out: Out, value: number): boolean => {
  if (value < 0 || value > 0x7fffffff) return writeLongVarint(out, BigInt.asUintN(64, BigInt(value)))
  const size = value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5
  let at = makeRoom(out, size)
  let rest = value
  for (; rest >= 0x80; rest >>= 7) out.bytes[at++] = (rest & 0x7f) | 0x80
  out.bytes[at] = rest
  return true
}

const writeLongVarint = (out: Out, value: bigint): boolean => {
  const digits: Array<number> = []
  let rest = value
  for (; rest >= 0x80n; rest >>= 7n) digits.push(Number(rest & 0x7fn) | 0x80)
  digits.push(Number(rest))
  return writeBytes(out, Uint8Array.from(digits))
}

const writeBytes = (out: Out, bytes: Uint8Array): boolean => {
  const at = makeRoom(out, bytes.length)
  out.bytes.set(bytes, at)
  return true
}

/** Most names are short ASCII strings, for which a loop is faster than an encoder. */
const writeText = (out: Out, text: string): boolean => {
  const size = text.length
  const at = makeRoom(out, size)
  for (let i = 0; i < size; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) {
      out.at += size
      return writeBytes(out, utf8.encode(text))
    }
    out.bytes[at + i] = code
  }
  return true
}

const floatBytes = new DataView(new ArrayBuffer(4))
const writeFloat = (out: Out, value: number): boolean => {
  floatBytes.setFloat32(0, value, true)
  return writeBytes(out, new Uint8Array(floatBytes.buffer))
}

/** Reserves `count` bytes before those that are already written, and returns their position. */
const makeRoom = (out: Out, size: number): number => {
  if (size > out.at) {
    const used = out.bytes.length - out.at
    const larger = new Uint8Array(2 * (used + size))
    larger.set(out.bytes.subarray(out.at), larger.length - used)
    out.at = larger.length - used
    out.bytes = larger
  }
  return (out.at -= size)
}

const whole = {
  wire: 0,
  blank: (value) => value === 0,
  write: (out, value) => typeof value === "number" && Number.isSafeInteger(value) && writeVarint(out, value)
} as const satisfies Kind

const scalars = {
  int32: {
    ...whole,
    write: (out, value) => typeof value === "number" && value === (value | 0) && writeVarint(out, value)
  },
  int64: whole,
  bool: {
    wire: 0,
    blank: (value) => value === false,
    write: (out, value) => typeof value === "boolean" && writeVarint(out, value ? 1 : 0)
  },
  float: {
    wire: 5,
    blank: (value) => Object.is(value, 0),
    write: (out, value) => typeof value === "number" && writeFloat(out, value)
  },
  string: {
    wire: 2,
    blank: (value) => value === "",
    write: (out, value) => typeof value === "string" && writeText(out, value)
  },
  bytes: {
    wire: 2,
    blank: (value) => value instanceof Uint8Array && value.length === 0,
    write: (out, value) => value instanceof Uint8Array && writeBytes(out, value)
  }
} as const satisfies Record<string, Kind>

const utf8 = new TextEncoder()

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const show = (value: unknown): string =>
  typeof value === "object" ? Object.prototype.toString.call(value) : `${value}`
