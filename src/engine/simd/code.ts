/** WebAssembly instructions in its binary format (WebAssembly core specification 2.0, chapter 5), one after the other. */
export type Code = ReadonlyArray<number>

/** An unsigned number in seven bits a byte. */
const leb = (n: number): Code => (n < 128 ? [n] : [(n % 128) | 128, ...leb(Math.floor(n / 128))])

const signed = (n: number): Code => {
  const low = n & 127
  const rest = n >> 7
  const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64)
  return isLast ? [low] : [low | 128, ...signed(rest)]
}

const bytesOf = (x: number): Code => [...new Uint8Array(Float32Array.of(x).buffer)]

export const join = (...codes: ReadonlyArray<Code>): Code => codes.flat()

/** Variables of the function that is written. */
export const get = (variable: number): Code => [0x20, ...leb(variable)]
export const set = (variable: number, value: Code): Code => [...value, 0x21, ...leb(variable)]

export const whole = (n: number): Code => [0x41, ...signed(n)]
export const sumOf = (a: Code, b: Code): Code => [...a, ...b, 0x6a]
export const call = (index: number, ...given: ReadonlyArray<Code>): Code => [...given.flat(), 0x10, ...leb(index)]
export const wholeAt = (address: Code, offset: number): Code => [...address, 0x28, 2, ...leb(offset)]

/** Single numbers of 32 bits. */
export const one = {
  load: (address: Code, offset: number): Code => [...address, 0x2a, 2, ...leb(offset)],
  store: (address: Code, offset: number, value: Code): Code => [...address, ...value, 0x38, 2, ...leb(offset)],
  constant: (x: number): Code => [0x43, ...bytesOf(x)],
  double: (x: Code): Code => [...x, 0xbb],
  rounded: (x: Code): Code => [...x, 0xb6]
} as const

/** An instruction of two single numbers. */
export const oneOfTwo =
  (opcode: number) =>
  (a: Code, b: Code): Code => [...a, ...b, opcode]

const four = (opcode: number, ...given: ReadonlyArray<Code>): Code => [...given.flat(), 0xfd, ...leb(opcode)]
const ofOne =
  (opcode: number) =>
  (x: Code): Code =>
    four(opcode, x)
const ofTwo =
  (opcode: number) =>
  (a: Code, b: Code): Code =>
    four(opcode, a, b)

/** Four numbers of 32 bits at once. */
export const v = {
  load: (address: Code, offset: number): Code => [...four(0x00, address), 0, ...leb(offset)],
  /** the same number four times */
  repeated: (address: Code, offset: number): Code => [...four(0x09, address), 0, ...leb(offset)],
  store: (address: Code, offset: number, value: Code): Code => [...four(0x0b, address, value), 0, ...leb(offset)],
  constant: (x: number): Code => [...four(0x0c), ...bytesOf(x), ...bytesOf(x), ...bytesOf(x), ...bytesOf(x)],
  lane: (x: Code, i: number): Code => [...four(0x1f, x), i],
  ...{ abs: ofOne(0xe0), neg: ofOne(0xe1), sqrt: ofOne(0xe3) },
  ...{ ceil: ofOne(0x67), floor: ofOne(0x68), nearest: ofOne(0x6a) },
  ...{ add: ofTwo(0xe4), sub: ofTwo(0xe5), mul: ofTwo(0xe6), div: ofTwo(0xe7), min: ofTwo(0xe8), max: ofTwo(0xe9) },
  ...{ eq: ofTwo(0x41), ne: ofTwo(0x42), lt: ofTwo(0x43), gt: ofTwo(0x44), le: ofTwo(0x45), ge: ofTwo(0x46) },
  /** of a number and a constant the least or greatest, by one instruction; NaN stays where it is the first one */
  ...{ least: ofTwo(0xea), greatest: ofTwo(0xeb) },
  ...{ and: ofTwo(0x4e), or: ofTwo(0x50) },
  /** by a mask, x or y */
  choose: (mask: Code, x: Code, y: Code): Code => four(0x52, x, y, mask)
} as const

/** Four whole numbers of 32 bits at once. */
export const w = {
  constant: (n: number): Code => {
    const bytes = [...new Uint8Array(Int32Array.of(n).buffer)]
    return [...four(0x0c), ...bytes, ...bytes, ...bytes, ...bytes]
  },
  ...{ add: ofTwo(0xae), sub: ofTwo(0xb1) },
  shiftLeft: (x: Code, by: number): Code => four(0xab, x, whole(by)),
  shiftRight: (x: Code, by: number): Code => four(0xac, x, whole(by)),
  ...{ ofNumbers: ofOne(0xf8), toNumbers: ofOne(0xfa) }
} as const

/** Runs a body with a variable at 0, step, 2·step … below `end`. */
export const counted = (variable: number, end: number, step: number, body: Code): Code => {
  const begin = set(variable, whole(0))
  if (end <= 0) return begin
  if (end <= step) return [...begin, ...body]
  const next = set(variable, sumOf(get(variable), whole(step)))
  return [...begin, 0x03, 0x40, ...body, ...next, ...get(variable), ...whole(end), 0x49, 0x0d, 0, 0x0b]
}

/** Runs a body with a variable at the steps from `begin` to below `end`, none if there are none. */
export const ranging = (variable: number, begin: Code, end: Code, step: number, body: Code): Code => {
  const next = set(variable, sumOf(get(variable), whole(step)))
  const isLess: Code = [...get(variable), ...end, 0x49]
  const loop: Code = [0x03, 0x40, ...body, ...next, ...isLess, 0x0d, 0, 0x0b]
  return [...set(variable, begin), ...isLess, 0x04, 0x40, ...loop, 0x0b]
}

/** The bits that a whole number and a constant share. */
export const bitsOf = (x: Code, mask: number): Code => [...x, ...whole(mask), 0x71]

/** Copies bytes that stand one after the other. */
export const copied = (to: number, from: number, bytes: number): Code =>
  join(whole(to), whole(from), whole(bytes), [0xfc, 0x0a, 0, 0])

const types = { whole: 0x7f, double: 0x7c, four: 0x7b } as const

/** A function without parameters: its variables, and what it does. */
export interface Written {
  readonly variables: ReadonlyArray<readonly [count: number, type: keyof typeof types]>
  readonly body: Code
}

const [ofNothing, ofDoubles] = [0, 1]

const list = (items: ReadonlyArray<Code>): Code => [...leb(items.length), ...items.flat()]
const section = (id: number, items: ReadonlyArray<Code>): Code => {
  const content = list(items)
  return [id, ...leb(content.length), ...content]
}
const text = (name: string): Code => list([...name].map((letter) => [letter.charCodeAt(0)]))

/** A module of imported functions of three doubles (`f.0`, `f.1` …), a function that is exported as `run`, and a memory. */
export const moduleOf = (imported: number, { variables, body }: Written, bytes: number): Uint8Array<ArrayBuffer> => {
  const { double } = types
  const signatures = [
    [0x60, 0, 0],
    [0x60, 3, double, double, double, 1, double]
  ]
  const imports = Array.from({ length: imported }, (_, i) => [...text("f"), ...text(String(i)), 0, ofDoubles])
  const code = [...list(variables.map(([count, type]) => [...leb(count), types[type]])), ...body, 0x0b]
  return Uint8Array.from(
    join(
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, signatures),
      section(2, imports),
      section(3, [[ofNothing]]),
      section(5, [[0, ...leb(Math.ceil(bytes / 65_536))]]),
      section(7, [
        [...text("run"), 0, ...leb(imported)],
        [...text("memory"), 2, 0]
      ]),
      section(10, [[...leb(code.length), ...code]])
    )
  )
}
