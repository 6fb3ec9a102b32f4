import { contains, isSupport, outsider } from "../../dist/Support.ts"
import { DataFormat } from "../../Errors.ts"
import { type Shape, sameShape, showShape, sizeOf } from "../../tensor/Tensor.ts"
import type { Dataset } from "../Dataset.ts"
import type { MissingRows } from "../missingRows.ts"
import { numbersOf, shown } from "../numbers.ts"
import { atOnce } from "../pieces.ts"
import type { RowStream } from "./RowStream.ts"

/** Some rows that follow each other in a source: for each field the numbers of all of them, row after row. */
export interface Block {
  /** the number of the first one in its pass */
  readonly from: number
  readonly size: number
  readonly values: Readonly<Record<string, Float32Array>>
}

/** A field of a row, and how many numbers it has. */
export interface Field {
  readonly name: string
  readonly event: Shape
  readonly support: string
  readonly width: number
  /** of a field with holes, which are NaN until they are filled: the field that says which of its numbers are there */
  readonly seen?: string
}

export const fieldsOf = ({ fields }: Pick<RowStream, "fields">): ReadonlyArray<Field> =>
  Object.entries(fields).map(([name, field]) => ({ name, ...field, width: sizeOf(field.event) }))

/** The fields that a source gives: not those that say what is there of another one. */
const givenBy = (fields: ReadonlyArray<Field>): ReadonlyArray<Field> => {
  const added = new Set(fields.map(({ seen }) => seen))
  return fields.filter(({ name }) => !added.has(name))
}

/** Rows that come one by one. */
export interface Gathering {
  readonly size: () => number
  /** @throws DataFormat, which names the row, for anything but numbers of the fields' shapes */
  readonly add: (row: unknown) => void
  readonly end: () => Block
}

export const gathering = (fields: ReadonlyArray<Field>, capacity: number, from: number, path: string): Gathering => {
  let size = 0
  const columns = givenBy(fields).map((field) => ({ field, numbers: new Float32Array(0) }))
  const add = (row: unknown): void => {
    if (typeof row !== "object" || row === null)
      throw unfit(path, `row ${from + size} is ${shown(row)}`, "Give a record with an entry for each field.")
    for (const column of columns) {
      const { name, event, width } = column.field
      if (size === 0) column.numbers = new Float32Array(capacity * width)
      const value: unknown = Object.hasOwn(row, name) ? Reflect.get(row, name) : undefined
      const wrong = put(column.numbers, size * width, value, column.field)
      if (wrong === undefined) continue
      const wanted = event.length === 0 ? "a number" : `numbers of shape ${showShape(event)}`
      const reason = `row ${from + size} holds ${wrong}, not ${wanted}`
      throw unfit(`${path}.${name}`, reason, "Correct it, or leave that row out.")
    }
    size++
  }
  const end = (): Block => ({
    ...{ from, size },
    values: Object.fromEntries(
      columns.map(({ field: { name, width }, numbers }) => [name, numbers.subarray(0, size * width)])
    )
  })
  return { size: () => size, add, end }
}

/** Writes the numbers of one value; where it is not of the shape, says what it is. */
const put = (to: Float32Array, at: number, value: unknown, { event, width, seen }: Field): string | undefined => {
  const isNumber = (x: unknown): x is number | null | undefined =>
    typeof x === "number" || (seen !== undefined && (x === null || x === undefined))
  if (event.length === 0) {
    if (!isNumber(value)) return described(value)
    to[at] = value ?? Number.NaN
    return undefined
  }
  if (!isList(value)) return described(value)
  if (isList(value[0])) return putLists(to, at, value, event)
  if (value.length !== width) return described(value)
  for (let i = 0; i < width; i++) {
    const number = value[i]
    if (!isNumber(number)) return `${described(number)} at place ${i}`
    to[at + i] = number ?? Number.NaN
  }
  return undefined
}

const putLists = (to: Float32Array, at: number, value: unknown, event: Shape): string | undefined => {
  try {
    const { floats, shape = [] } = atOnce(numbersOf(value))
    if (!sameShape(shape, event)) return `lists of shape ${showShape(shape)}`
    to.set(floats, at)
    return undefined
  } catch (error) {
    if (error instanceof DataFormat) return `lists in which ${error.reason}`
    throw error
  }
}

const described = (value: unknown): string => (value === undefined ? "nothing" : shown(value))

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

/** Many rows at once, where the source gives datasets; undefined for a single row. */
export const manyRows = (
  fields: ReadonlyArray<Field>,
  value: unknown,
  from: number,
  path: string
): Block | undefined => {
  const [first] = fields
  if (typeof value !== "object" || value === null || first === undefined) return undefined
  const given = (name: string): unknown => (Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined)
  const one = rowsIn(given(first.name), first)
  if (!isDataset(one)) return undefined
  const { size } = one
  const values = givenBy(fields).map((field) => {
    const { name, event } = field
    const rows = rowsIn(given(name), field)
    const refused = (reason: string, advice: string): DataFormat =>
      unfit(`${path}.${name}`, `from row ${from} on ${reason}`, advice)
    if (!isDataset(rows)) throw refused(`it is ${described(rows)}`, "Give all fields as datasets, or none.")
    const { values, scale } = rows
    if (!sameShape(rows.event, event))
      throw refused(`rows have shape ${showShape(rows.event)}, not ${showShape(event)}`, "Give rows of that shape.")
    if (rows.size !== size)
      throw refused(`there are ${rows.size} rows, but ${size} of '${first.name}'`, "Give as many of each field.")
    return [
      name,
      scale === 1 && values instanceof Float32Array ? values : Float32Array.from(values, (x) => x * scale)
    ] as const
  })
  return { from, size, values: Object.fromEntries(values) }
}

/** Rows of a field; those with holes have NaN there. */
const rowsIn = (value: unknown, { seen }: Field): unknown => {
  if (seen === undefined || !isMissingRows(value)) return value
  const { filled } = value
  const numbers = Float32Array.from(filled.values, (x, i) =>
    value.seen.values[i] === 0 ? Number.NaN : x * filled.scale
  )
  return { ...filled, values: numbers, scale: 1 }
}

const isMissingRows = (value: unknown): value is MissingRows =>
  typeof value === "object" &&
  value !== null &&
  "filled" in value &&
  "seen" in value &&
  isDataset(value.filled) &&
  isDataset(value.seen)

const isDataset = (value: unknown): value is Dataset =>
  typeof value === "object" && value !== null && "values" in value && "event" in value && "scale" in value

/** @throws DataFormat for the first row with a number outside of its field's support */
export const checkBlock = (fields: ReadonlyArray<Field>, { from, size, values }: Block, path: string): void => {
  for (const { name, event, support, width } of fields) {
    const numbers = values[name] ?? new Float32Array()
    const inside = isSupport(support) ? contains[support] : Number.isFinite
    const wrong = firstOutside(numbers, inside)
    const place = wrong < 0 && isSupport(support) ? (outsider(support, numbers, [size, ...event]) ?? -1) : wrong
    if (place < 0) continue
    const value = numbers[place] ?? Number.NaN
    const row = `row ${from + Math.floor(place / width)}`
    const holds = inside(value) ? "does not lie" : `holds ${value}, which does not lie`
    const advice = "Correct or leave out such rows, or name the support that the field has."
    throw unfit(`${path}.${name}`, `${row} ${holds} in the support '${support}'`, advice)
  }
}

const firstOutside = (numbers: Float32Array, inside: (x: number) => boolean): number => {
  for (let i = 0; i < numbers.length; i++) if (!inside(numbers[i] as number)) return i
  return -1
}

const unfit = (path: string, reason: string, advice: string): DataFormat => new DataFormat({ path, reason, advice })
