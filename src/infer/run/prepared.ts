import * as tf from "@tensorflow/tfjs"
import type { Dataset } from "../../data/Dataset.ts"
import type { Opened } from "../../data/stream/opened.ts"
import { isRowStream } from "../../data/stream/RowStream.ts"
import { DataFormat } from "../../Errors.ts"
import { showShape } from "../../tensor/Tensor.ts"
import { mapValues } from "../../trace/build.ts"
import { inputName, own, seenField, weightsInput } from "../joint/names.ts"
import type { DataShapes } from "../joint/recordedWorld.ts"
import { hasHoles, isRecord, mustBeRecord, mustBeThere, type ProgramData, type RowSource, sourceAt } from "./source.ts"

export type { ProgramData, RowSource } from "./source.ts"

/** Data as every engine takes them: flat arrays with shapes. */
export interface Prepared {
  readonly plates: Readonly<Record<string, Readonly<Record<string, Dataset>>>>
  readonly globals: Readonly<Record<string, Dataset>>
  readonly sizes: Readonly<Record<string, number>>
  /** plates whose rows are read while a fit runs, of which `plates` has only the first ones */
  readonly streams?: Readonly<Record<string, Opened>>
}

/** @throws DataFormat when the fields of a plate differ in their number of rows, there are none, or an entry is neither data nor a record of data, nor a number of rows */
export const prepare = (data: ProgramData): Prepared => {
  mustBeRecord(
    "data",
    data,
    "Give a record: an entry for each plate, and one for each value that is observed outside of plates."
  )
  const entries = Object.entries(data)
  const counts = entries.flatMap(([name, value]) =>
    typeof value === "number" ? [[name, countOf(name, value)] as const] : []
  )
  for (const [name, value] of entries) {
    mustBeThere(`data.${name}`, value)
    mustBeHeld(name, value)
  }
  const globals = entries.flatMap(([name, value]) =>
    isRecord(value) || typeof value === "number"
      ? []
      : [[name, datasetOf(sourceAt(`data.${name}`, value, false), false)] as const]
  )
  const plates = entries.flatMap(([name, value]) => {
    if (!isRecord(value)) return []
    mustBeApart(name, Object.keys(value))
    return [[name, Object.fromEntries(Object.entries(value).flatMap((field) => fieldsOf(name, ...field)))] as const]
  })
  const known = Object.fromEntries(plates)
  return {
    plates: { ...known, ...Object.fromEntries(counts.map(([name]) => [name, {}] as const)) },
    globals: Object.fromEntries(globals),
    sizes: { ...mapValues(known, rowCount), ...Object.fromEntries(counts) }
  }
}

/** The number of rows of a plate without fields. */
const countOf = (name: string, count: number): number => {
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new DataFormat({
    path: `data.${name}`,
    reason: `it is the number ${count}`,
    advice: `A number says how many rows a plate without fields has, from 1. For a value that is observed outside of plates write Tensor.of([], tf.scalar(${count})).`
  })
}

/** Streams are opened before, by the one who can close them. */
const mustBeHeld = (plate: string, value: unknown): void => {
  if (!isRowStream(value)) return
  throw new DataFormat({
    path: `data.${plate}`,
    reason: "it is a stream of rows, which only `fit` reads, as its data",
    advice: "Give rows that are held in memory: { field: Data.of(numbers, event) }."
  })
}

const mustBeApart = (plate: string, fields: ReadonlyArray<string>): void => {
  const field = fields.find((each) => fields.includes(seenField(each)))
  if (field === undefined) return
  throw new DataFormat({
    path: `data.${plate}.${field}`,
    reason: `another field is called ${JSON.stringify(seenField(field))}, which says what is seen of this one`,
    advice: "Choose another name."
  })
}

/** A field of a plate: a field with holes becomes two, its numbers and which of them are there. */
const fieldsOf = (plate: string, field: string, value: unknown): ReadonlyArray<readonly [string, Dataset]> => {
  const path = `data.${plate}.${field}`
  mustBeThere(path, value)
  if (!hasHoles(value)) return [[field, datasetOf(sourceAt(path, value, true), true)]]
  return [
    [field, value.filled],
    [seenField(field), value.seen]
  ]
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
  globals: mapValues(prepared.globals, ({ event }) => event),
  counts: prepared.sizes
})

/** Every field of every plate as a table of an engine, but for those that are streamed. */
export const tablesOf = (prepared: Prepared): Readonly<Record<string, Dataset>> =>
  Object.fromEntries(
    Object.entries(prepared.plates).flatMap(([plate, fields]) =>
      own(prepared.streams ?? {}, plate) === undefined
        ? Object.entries(fields).map(([field, rows]) => [inputName(field, plate), rows])
        : []
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

/** All rows of a plate as fixed inputs: its fields as plain numbers, and the weight of each row. */
export const wholeOf = (prepared: Prepared, plate: string, weight: number): Record<string, Float32Array> => ({
  ...Object.fromEntries(
    Object.entries(own(prepared.plates, plate) ?? {}).map(([field, { values, scale }]) => {
      const numbers = new Float32Array(values)
      if (scale !== 1) for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] ?? 0) * scale
      return [inputName(field, plate), numbers]
    })
  ),
  [weightsInput(plate)]: new Float32Array(own(prepared.sizes, plate) ?? 0).fill(weight)
})
