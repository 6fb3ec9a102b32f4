import { DataFormat } from "../Errors.ts"
import { type Shape, showShape } from "../tensor/Tensor.ts"
import { overPieces, type Pieces, piece } from "./pieces.ts"

/** Numbers one after the other. */
export type Numbers =
  | ReadonlyArray<number>
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array

/** Rows as nested lists, whose brackets give the shape: `[[1, 2], [3, 4]]` is two rows of shape `[2]`. */
export interface Rows extends ReadonlyArray<Numbers | Rows> {}

/** Numbers from a caller whose types may be unchecked, as 32-bit floats, and their shape if brackets give it. */
export interface Given {
  readonly floats: Float32Array
  readonly shape: Shape | undefined
}

/**
 * Reads numbers from a list or from nested lists. A `Float32Array` is kept, not copied, unless threads share its memory: another thread could change
 * it after it has been checked.
 *
 * @throws DataFormat, which names the place, when something is not a number (null, a hole, a text), is too large for 32 bits, or lists differ in
 *   length
 */
export function* numbersOf(values: unknown): Pieces<Given> {
  if (values instanceof Float32Array) return { floats: unshared(values), shape: undefined }
  if (!isList(values)) {
    throw refuse(
      "values",
      values,
      "a list of numbers",
      "Write Data.of([[1, 2], [3, 4]]) or Data.of([1, 2, 3, 4], [2])."
    )
  }
  if (!isList(values[0])) {
    const floats = new Float32Array(values.length)
    yield* overPieces(values.length, (from, to) => fill(floats, 0, values, "values", from, to))
    return { floats, shape: undefined }
  }
  const shape = shapeOf(values)
  const floats = new Float32Array(shape.reduce((size, n) => size * n, 1))
  let at = 0
  const last = shape.length - 1
  const checked = (list: unknown, depth: number, path: string): List => {
    if (isList(list) && list.length === shape[depth]) return list
    const actual = isList(list) ? `has ${list.length} entries` : `is ${shown(list)}`
    const reason = `${path} ${actual}, but the first of its kind is a list of ${shape[depth]}`
    throw new DataFormat({ path: "Dataset", reason, advice: "Give all rows the same shape." })
  }
  let pause = piece
  const read = function* (given: unknown, depth: number, path: string): Pieces<void> {
    const list = checked(given, depth, path)
    for (let i = 0; i < list.length; i++) {
      const inner = `${path}[${i}]`
      if (depth < last - 1) yield* read(list[i], depth + 1, inner)
      else {
        const row = checked(list[i], last, inner)
        fill(floats, at, row, inner, 0, row.length)
        at += row.length
      }
      if (at < pause) continue
      pause = at + piece
      yield
    }
  }
  yield* read(values, 0, "values")
  return { floats, shape }
}

/** Memory that no other thread can change. */
export const unshared = <A extends Float32Array | Uint8Array>(values: A): A =>
  typeof SharedArrayBuffer === "function" && values.buffer instanceof SharedArrayBuffer ? (values.slice() as A) : values

/** A value as text for a message. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return value === "" ? "an empty text" : `the text '${value.slice(0, 40)}'`
  if (isList(value)) return `a list of ${value.length}`
  return typeof value === "object" && value !== null ? Object.prototype.toString.call(value) : String(value)
}

export const refuse = (what: string, value: unknown, wanted: string, advice: string): DataFormat =>
  new DataFormat({ path: "Dataset", reason: `${what} is ${shown(value)}, not ${wanted}`, advice })

type List = ArrayLike<unknown>

const isList = (value: unknown): value is List =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

/** The largest depth of nested lists, above the rank of any tfjs shape. Without it, a list that contains itself would never end. */
const deepest = 16

/** The lengths of the first list, its first list, and so on. */
const shapeOf = (values: List): Shape => {
  const shape: Array<number> = []
  for (let list: unknown = values; isList(list); list = list[0]) {
    if (list.length === 0) {
      const reason = `the lists have shape ${showShape([...shape, 0])}`
      throw new DataFormat({ path: "Dataset", reason, advice: "Give at least one row, and one number in each." })
    }
    shape.push(list.length)
    if (shape.length > deepest) {
      const reason = `values is more than ${deepest} lists deep`
      throw new DataFormat({ path: "Dataset", reason, advice: "Give rows of fewer dimensions." })
    }
  }
  return shape
}

/** Entries `from` up to, but without, `to` of a list that begins at place `start`. */
const fill = (floats: Float32Array, start: number, list: List, path: string, from: number, to: number): void => {
  for (let i = from; i < to; i++) {
    const value = list[i]
    if (typeof value !== "number") {
      const missing = Array.isArray(list) && !(i in list) ? "a hole" : undefined
      const gap = value === null || value === undefined || value === ""
      throw new DataFormat({
        path: "Dataset",
        reason: `${path}[${i}] is ${missing ?? shown(value)}, not a number`,
        advice: gap
          ? "Leave out rows with gaps, or put a number there: nothing is taken in its place."
          : "Convert it to a number first."
      })
    }
    const float = Math.fround(value)
    if (float !== value && (list instanceof Int32Array || list instanceof Uint32Array))
      throw new DataFormat({
        path: "Dataset",
        reason: `${path}[${i}] is the whole number ${value}, of which a float of 32 bits keeps only the leading digits`,
        advice:
          "Whole numbers up to 16777216 are kept exactly: number what they stand for anew, or convert them to a Float32Array to round them."
      })
    if (!Number.isFinite(float) && Number.isFinite(value)) {
      throw new DataFormat({
        path: "Dataset",
        reason: `${path}[${i}] is ${value}, too large for a float of 32 bits`,
        advice: "Scale the data: numbers up to 3.4e38 fit."
      })
    }
    floats[start + i] = float
  }
}
