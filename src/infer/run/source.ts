import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import type { MissingRows } from "../../data/missingRows.ts"
import { isRowStream } from "../../data/stream/RowStream.ts"
import { DataFormat } from "../../Errors.ts"

/** One kind of data: rows from a reader, or a tensor whose first dimension is the rows. */
export type RowSource = Dataset | tf.Tensor
/** What a program is fitted to: for each plate the fields of its rows, or how many there are; and observed values that stand outside of plates. */
export type ProgramData = Readonly<
  Record<string, number | RowSource | Readonly<Record<string, RowSource | MissingRows>>>
>

const isDataset = (value: object): value is Dataset =>
  "values" in value && ArrayBuffer.isView(value.values) && "event" in value && Array.isArray(value.event)

const isSource = (value: unknown): value is RowSource =>
  value instanceof tf.Tensor || (typeof value === "object" && value !== null && isDataset(value))

/** Rows of which some numbers are missing. */
export const hasHoles = (value: unknown): value is MissingRows =>
  isNamed(value) && "filled" in value && "seen" in value && isSource(value.filled) && isSource(value.seen)

/** An object of named entries, as opposed to a list of numbers. */
export const isRecord = <A>(
  value: number | RowSource | Readonly<Record<string, A>>
): value is Readonly<Record<string, A>> => isNamed(value) && !isSource(value)

const isNamed = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)

/**
 * Readers of files return Effects, whose data are there once they have run.
 *
 * @throws DataFormat for an Effect or a Promise in the place of data
 */
export const mustBeThere = (path: string, value: unknown): void => {
  if (Effect.isEffect(value))
    throw new DataFormat({
      path,
      reason: "it is an Effect that has not been run, and no data yet",
      advice: "Within Effect.gen write yield* before it; elsewhere await Effect.runPromise(…) with it."
    })
  if (value instanceof Promise)
    throw new DataFormat({ path, reason: "it is a Promise, and no data yet", advice: "Write await before it." })
}

/** @throws DataFormat for anything but an object of named entries, which plain JavaScript may give */
export const mustBeRecord = (path: string, value: unknown, advice: string): void => {
  mustBeThere(path, value)
  if (isNamed(value) && !isSource(value)) return
  throw new DataFormat({ path, reason: `it is ${described(value)}`, advice })
}

/**
 * Rows, or a single value.
 *
 * @throws DataFormat for anything else, which plain JavaScript may give, with the words to write
 */
export const sourceAt = (path: string, value: unknown, rows: boolean): RowSource => {
  if (isSource(value)) return value
  throw new DataFormat({
    path,
    reason: `it is ${described(value)}, not ${rows ? "rows" : "a tensor"}`,
    advice: rows ? rowsAdvice(value) : valueAdvice(value)
  })
}

const described = (value: unknown): string => {
  if (typeof value === "number" || typeof value === "boolean" || value === undefined || value === null)
    return typeof value === "number" ? `the number ${value}` : String(value)
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 20))}`
  if (isSource(value)) return value instanceof tf.Tensor ? `a tensor of shape [${value.shape.join(", ")}]` : "a Dataset"
  if (isRowStream(value)) return "a stream of rows, which only `fit` reads"
  return isList(value)
    ? `an array of shape [${shapeOf(value).join(", ")}]`
    : typeof value === "object"
      ? "an object"
      : `a ${typeof value}`
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)

/** The shape of nested lists, by the first entry of each. */
const shapeOf = (value: unknown): ReadonlyArray<number> => (isList(value) ? [value.length, ...shapeOf(value[0])] : [])

const valueAdvice = (value: unknown): string => {
  const shape = shapeOf(value)
  const made = isList(value)
    ? `tf.tensor(values, [${shape.join(", ")}])`
    : `tf.scalar(${typeof value === "number" ? value : "number"})`
  return `Write Tensor.of([${shape.join(", ")}], ${made}) for a value that is observed outside of plates, or { field: rows } for a plate.`
}

const rowsAdvice = (value: unknown): string => {
  const event = shapeOf(value).slice(1)
  return `Write Data.of(numbers, [${event.join(", ")}]) with all numbers in one list${event.length === 0 ? "" : ", row after row"}: the shape is that of one row.`
}
