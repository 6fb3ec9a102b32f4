import * as tf from "@tensorflow/tfjs"
import type { Dataset } from "../../data/Dataset.ts"
import { contains, outsider, type Support } from "../../dist/Support.ts"
import { DataFormat, SupportViolation } from "../../Errors.ts"
import { showShape } from "../../tensor/Tensor.ts"
import { mapValues } from "../../trace/build.ts"
import { inputName, weightsInput } from "../joint/names.ts"
import type { DataShapes } from "../joint/recordedWorld.ts"

/** One kind of data: rows from a reader, or a tensor whose first dimension is the rows. */
export type RowSource = Dataset | tf.Tensor
/** What a program is fitted to: for each plate the fields of its rows, and observed values that stand outside of plates. */
export type ProgramData = Readonly<Record<string, RowSource | Readonly<Record<string, RowSource>>>>

/** Data as every engine takes them: flat arrays with shapes. */
export interface Prepared {
  readonly plates: Readonly<Record<string, Readonly<Record<string, Dataset>>>>
  readonly globals: Readonly<Record<string, Dataset>>
  readonly sizes: Readonly<Record<string, number>>
}

const isSource = (value: ProgramData[string]): value is RowSource => value instanceof tf.Tensor || "values" in value

/** @throws DataFormat when the fields of a plate differ in their number of rows, or there are none */
export const prepare = (data: ProgramData): Prepared => {
  const plates: Record<string, Readonly<Record<string, Dataset>>> = {}
  const globals: Record<string, Dataset> = {}
  for (const [name, value] of Object.entries(data)) {
    if (isSource(value)) globals[name] = datasetOf(value, false)
    else plates[name] = mapValues(value, (field) => datasetOf(field, true))
  }
  return { plates, globals, sizes: mapValues(plates, rowCount) }
}

const rowCount = (fields: Readonly<Record<string, Dataset>>, plate: string): number => {
  const counts = Object.entries(fields).map(([field, { size }]) => ({ field, size }))
  const [first] = counts
  if (first === undefined || first.size === 0) {
    throw new DataFormat({
      path: `data.${plate}`,
      reason: "the plate has no rows",
      advice: "Give each field as rows: [N, ...event]."
    })
  }
  const other = counts.find(({ size }) => size !== first.size)
  if (other !== undefined) {
    throw new DataFormat({
      path: `data.${plate}`,
      reason: `'${first.field}' has ${first.size} rows but '${other.field}' has ${other.size}`,
      advice: "All fields of a plate have the same rows."
    })
  }
  return first.size
}

/** A tensor's numbers are read once, here; a value outside of plates is a single row. */
const datasetOf = (source: RowSource, rows: boolean): Dataset => {
  if (!(source instanceof tf.Tensor))
    return rows ? source : { ...source, event: source.shape, size: 1, shape: [1, ...source.shape] }
  if (rows && source.rank === 0) {
    throw new DataFormat({
      path: "data",
      reason: `a field of a plate has shape ${showShape(source.shape)}`,
      advice: "Its first dimension is the rows."
    })
  }
  const [size, event] = rows ? [source.shape[0] ?? 0, source.shape.slice(1)] : [1, source.shape]
  return {
    event,
    size,
    shape: [size, ...event],
    support: "unknown",
    values: Float32Array.from(source.dataSync()),
    scale: 1
  }
}

export const shapesOf = (prepared: Prepared): DataShapes => ({
  plates: mapValues(prepared.plates, (fields) => mapValues(fields, ({ event }) => event)),
  globals: mapValues(prepared.globals, ({ event }) => event)
})

/** Every field of every plate as a table of an engine. */
export const tablesOf = (prepared: Prepared): Readonly<Record<string, Dataset>> =>
  Object.fromEntries(
    Object.entries(prepared.plates).flatMap(([plate, fields]) =>
      Object.entries(fields).map(([field, rows]) => [inputName(field, plate), rows])
    )
  )

/** Observed values outside of plates, as fixed inputs. */
export const fixedOf = (prepared: Prepared): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(prepared.globals).map(([site, { values, scale }]) => [
      inputName(site),
      Float32Array.from(values, (x) => x * scale)
    ])
  )

/** All rows of a plate as fixed inputs: its fields as plain numbers, and what each row weighs. */
export const wholeOf = (prepared: Prepared, plate: string, weight: number): Record<string, Float32Array> => ({
  ...Object.fromEntries(
    Object.entries(prepared.plates[plate] ?? {}).map(([field, { values, scale }]) => {
      const numbers = new Float32Array(values)
      if (scale !== 1) for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] ?? 0) * scale
      return [inputName(field, plate), numbers]
    })
  ),
  [weightsInput(plate)]: new Float32Array(prepared.sizes[plate] ?? 0).fill(weight)
})

const advice: Partial<Record<Support, string>> = {
  boolean: "Use Data.binarize, or Bernoulli({ logits, soft: true }) for the tutorials' cross-entropy.",
  unitInterval: "Scale the data to [0, 1]."
}

/**
 * Checks observed values against the support of their distribution, before any work starts.
 *
 * @throws SupportViolation that names the first row outside
 */
export const checkSupport = (site: string, support: Support, rows: Dataset): void => {
  const inside = contains[support]
  const outside =
    rows.values instanceof Uint8Array
      ? firstByte(rows.values, rows.scale, inside)
      : rows.values.findIndex((x) => !inside(x * rows.scale))
  const width = Math.max(1, rows.values.length / rows.size)
  const refuse = (actual: string): never => {
    const remedy = advice[support] ?? "Remove or transform such rows, or choose another likelihood."
    throw new SupportViolation({ site, support, actual, advice: remedy })
  }
  if (outside >= 0)
    refuse(`row ${Math.floor(outside / width)} holds ${(rows.values[outside] ?? Number.NaN) * rows.scale}`)
  const point = outsider(support, rows.values, rows.shape, rows.scale)
  if (point !== undefined) refuse(`row ${Math.floor(point / width)} does not lie in it`)
}

/** Bytes take 256 values at most: each is judged once. */
const firstByte = (values: Uint8Array, scale: number, inside: (x: number) => boolean): number => {
  const outside = Uint8Array.from({ length: 256 }, (_, byte) => (inside(byte * scale) ? 0 : 1))
  return outside.includes(1) ? values.findIndex((byte) => outside[byte] === 1) : -1
}
