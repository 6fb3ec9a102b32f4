import { DataFormat } from "../Errors.ts"
import { memory } from "../host.ts"
import { type Shape, showShape, sizeOf } from "../tensor/Tensor.ts"
import type { Reader } from "./file.ts"

/** An array of numbers in row-major order. */
export interface NpyArray {
  readonly shape: Shape
  readonly values: Float32Array
}

/** An array whose header was read, and whose numbers come next. */
export interface OpenNpy {
  readonly shape: Shape
  /** whether its numbers come in column-major order */
  readonly isFortran: boolean
  /** as many of the next numbers, of which there must be so many */
  readonly next: (count: number) => Promise<Float32Array>
  /** the file must end here */
  readonly end: () => Promise<void>
  readonly inWords: string
}

/**
 * Opens an array in NumPy's NPY format: the mark `\x93NUMPY`, a version, the length of a header, the header (a Python dictionary), the numbers.
 *
 * @throws DataFormat when the bytes are no such array, or fewer than its header promises; `next` where 32 bits do not hold one of its whole numbers
 */
export const openNpy = async (reader: Reader): Promise<OpenNpy> => {
  const { path } = reader
  const { descr, isFortran, shape } = headerOf(await headerText(reader), path)
  const element = elementOf(descr, path)
  const size = sizeOf(shape)
  if (size === 0) throw refuse(path, `the array has shape ${showShape(shape)}, which holds no numbers`, again)
  const inWords = `shape ${showShape(shape)} of ${descr} needs ${size * element.width} bytes`
  if (size * element.width > reader.atMost)
    throw refuse(path, `${inWords}, but there are ${reader.atMost} at most`, again)
  return {
    ...{ shape, isFortran, inWords },
    next: async (count) => {
      const bytes = await reader.next(count * element.width)
      if (bytes.length < count * element.width) throw refuse(path, `truncated: ${inWords}, and fewer are there`, again)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      const values = new Float32Array(count)
      for (let i = 0; i < count; i++) values[i] = element.get(view, i * element.width, path)
      return values
    },
    end: async () => {
      if ((await reader.next(1)).length > 0) throw refuse(path, `it goes on after the numbers: ${inWords}`, again)
    }
  }
}

/**
 * Reads one array in NumPy's NPY format.
 *
 * @throws DataFormat when the bytes are not exactly one such array, it does not fit into memory, or 32 bits do not hold one of its whole numbers
 */
export const readNpy = async (reader: Reader): Promise<NpyArray> => {
  const { path } = reader
  const { shape, isFortran, next, end, inWords } = await openNpy(reader)
  const size = sizeOf(shape)
  if (size * 4 > memory())
    throw refuse(
      path,
      `${inWords}, but there are ${memory()} of memory`,
      "Split the file, or read it on a larger machine."
    )
  const values = new Float32Array(size)
  const placeOf = isFortran ? rowMajor(shape) : undefined
  for (let from = 0; from < size; from += slice) {
    const some = await next(Math.min(slice, size - from))
    if (placeOf === undefined) values.set(some, from)
    else for (let i = 0; i < some.length; i++) values[placeOf(from + i)] = some[i] as number
    await new Promise(setImmediate)
  }
  await end()
  return { shape, values }
}

const again = "The file is damaged; write it again with numpy.save."

const refuse = (path: string, reason: string, advice: string): DataFormat => new DataFormat({ path, reason, advice })

/** Numbers that are decoded before the rest of the program gets its turn. */
const slice = 1 << 18

/** Headers are texts of some hundred bytes. */
const longestHeader = 1 << 16

const headerText = async (reader: Reader): Promise<string> => {
  const { path } = reader
  const start = await reader.next(8)
  const [mark, ...name] = start.subarray(0, 6)
  if (mark !== 0x93 || String.fromCharCode(...name) !== "NUMPY")
    throw refuse(path, "it does not begin as an NPY file does", "Write it with numpy.save.")
  const [version = 0, minor = 0] = start.subarray(6)
  if (version < 1 || version > 3 || minor !== 0)
    throw refuse(path, `its format has version ${version}.${minor}`, "Versions 1.0, 2.0 and 3.0 are read.")
  const lengths = await reader.next(version === 1 ? 2 : 4)
  const length = lengths.reduce((sum, byte, i) => sum + byte * 256 ** i, 0)
  if (length > longestHeader) throw refuse(path, `its header has ${length} bytes, more than ${longestHeader}`, again)
  const header = await reader.next(length)
  if (header.length < length) throw refuse(path, "truncated within its header", again)
  return new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(header)
}

interface Header {
  readonly descr: string
  readonly isFortran: boolean
  readonly shape: Shape
}

const headerOf = (text: string, path: string): Header => {
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[))/.exec(text)
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)
  const dimensions = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)
  if (descr?.[2] !== undefined)
    throw refuse(path, "its entries are records of several fields", "Save each field as an array of its own.")
  if (descr?.[1] === undefined || order === null || dimensions === null)
    throw refuse(path, `its header is ${JSON.stringify(text.slice(0, 80))}`, again)
  const shape = (dimensions[1] ?? "").split(",").flatMap((n) => (n.trim() === "" ? [] : [Number(n.replace("L", ""))]))
  if (!shape.every(Number.isSafeInteger)) throw refuse(path, `its shape is (${dimensions[1]})`, again)
  return { descr: descr[1], isFortran: order[1] === "True", shape }
}

/** Where a number stands in row-major order, by its place in column-major order. */
const rowMajor = (shape: Shape): ((place: number) => number) => {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  return (place) => {
    let [rest, at] = [place, 0]
    for (let axis = 0; axis < shape.length; axis++) {
      const length = shape[axis] ?? 1
      at += (rest % length) * (strides[axis] ?? 1)
      rest = Math.floor(rest / length)
    }
    return at
  }
}

interface Element {
  /** bytes a number */
  readonly width: number
  readonly get: (view: DataView, at: number, path: string) => number
}

type Get = (view: DataView, at: number, little: boolean) => number

const elements: Readonly<Record<string, { readonly width: number; readonly isWhole: boolean; readonly get: Get }>> = {
  b1: { width: 1, isWhole: true, get: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
  u1: { width: 1, isWhole: true, get: (view, at) => view.getUint8(at) },
  i1: { width: 1, isWhole: true, get: (view, at) => view.getInt8(at) },
  u2: { width: 2, isWhole: true, get: (view, at, little) => view.getUint16(at, little) },
  i2: { width: 2, isWhole: true, get: (view, at, little) => view.getInt16(at, little) },
  u4: { width: 4, isWhole: true, get: (view, at, little) => view.getUint32(at, little) },
  i4: { width: 4, isWhole: true, get: (view, at, little) => view.getInt32(at, little) },
  u8: { width: 8, isWhole: true, get: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { width: 8, isWhole: true, get: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f4: { width: 4, isWhole: false, get: (view, at, little) => view.getFloat32(at, little) },
  f8: { width: 8, isWhole: false, get: (view, at, little) => view.getFloat64(at, little) }
}

const elementOf = (descr: string, path: string): Element => {
  const [, order, code = ""] = /^([<>|=])(.*)$/.exec(descr) ?? []
  const element = Object.hasOwn(elements, code) ? elements[code] : undefined
  if (order === undefined || element === undefined) {
    const advice = "Save it as float32, float64, a whole number of 8 to 64 bits, or bool: array.astype(numpy.float32)."
    throw refuse(path, `its numbers are of the type '${descr.slice(0, 20)}'`, advice)
  }
  const { width, isWhole, get } = element
  return {
    width,
    get: (view, at, where) => {
      const value = get(view, at, order !== ">")
      const float = Math.fround(value)
      if (isWhole ? float === value && Math.abs(value) <= exact : Number.isFinite(float) || !Number.isFinite(value))
        return float
      const advice = isWhole
        ? "Subtract something, or count differently: whole numbers up to 2^24 are exact."
        : "Scale the data: numbers up to 3.4e38 fit."
      throw refuse(where, `it holds ${value}, which 32 bits do not hold`, advice)
    }
  }
}

/** The largest whole number below which all are floats of 32 bits. */
const exact = 2 ** 24
