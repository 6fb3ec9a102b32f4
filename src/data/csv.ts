import { Effect } from "effect"
import { DataFormat } from "../Errors.ts"
import { type ColumnFacts, type ColumnSchema, type Columns, columnOf, type Reading } from "./columns.ts"
import type { Dataset } from "./Dataset.ts"
import { type Reader, withFile } from "./file.ts"
import type { MissingRows } from "./missingRows.ts"
import { type CsvRecord, recordsOf } from "./records.ts"

/** How a CSV file is written. */
export interface CsvOptions {
  /** what stands between two fields: a comma where it is left out */
  readonly delimiter?: string
  /** fields without quotes that stand for a missing value, beside empty ones: `["NA"]` */
  readonly missing?: ReadonlyArray<string>
}

/** The schemas of a table's columns, by the names in its first line. */
export type CsvSchema = { readonly fields: { readonly [name: string]: ColumnSchema } }

/**
 * The columns of a CSV file whose first line names them, plain or compressed with gzip, in UTF-8, as typed data. A schema says which columns are read and
 * what each of them holds; other columns of the file are left out. Numbers become real ones, booleans (true or false) 0 or 1, and texts their place in the
 * column's `labels`, so that they serve as positions: `at(theta, row.school)`. Where a schema takes `null` or `undefined`, empty fields are holes and the
 * column is `MissingRows`; where it does not, they are refused. `""` is an empty text. Numbers are kept in 32 bits.
 *
 * Fails with DataFormat for a file that cannot be read, a column that is not there, a line of another number of fields, and, with file, line and column, for
 * a field that the schema does not decode.
 *
 * @example
 * ```ts
 * const schools = Data.csv("schools.csv", Schema.Struct({ school: Schema.String, y: Schema.NullOr(Schema.Number), sigma: Schema.Number }))
 * // Effect of { school: Dataset<[], "category"> & { labels }, y: MissingRows<[], "real">, sigma: Dataset<[], "real"> }
 * ```
 */
export const csv = <S extends CsvSchema & { readonly Type: unknown }>(
  path: string,
  schema: S,
  options: CsvOptions = {}
): Effect.Effect<Columns<S["Type"]>, DataFormat> =>
  // each column is made by its schema, which the compiler cannot follow
  Effect.tryPromise({
    try: (signal) => withFile(path, signal, (reader) => read(reader, schema, options)),
    catch: (cause) => (cause instanceof DataFormat ? cause : unreadable(path, cause))
  }) as Effect.Effect<Columns<S["Type"]>, DataFormat>

/**
 * Parses CSV text that is in memory. Needs nothing of Node.
 *
 * @throws DataFormat as for {@link csv}
 */
export const parseCsv = (
  text: string,
  path: string,
  schema: CsvSchema,
  options: CsvOptions = {}
): Readonly<Record<string, Dataset | MissingRows>> => {
  const table = tableOf(path, schema, options)
  table.push(text)
  return table.end()
}

/** Bytes that are read and parsed before the rest of the program gets its turn. */
const slice = 1 << 16

const read = async (
  reader: Reader,
  schema: CsvSchema,
  options: CsvOptions
): Promise<Readonly<Record<string, Dataset | MissingRows>>> => {
  const table = tableOf(reader.path, schema, options)
  for await (const text of textsOf(reader)) table.push(text)
  return table.end()
}

/** The text of a file in slices, between which the rest of the program gets its turn. */
export async function* textsOf(reader: Reader): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  for (;;) {
    const bytes = await reader.next(slice)
    yield textOf(decoder, bytes, reader.path, bytes.length === slice)
    if (bytes.length < slice) return
    await new Promise(setImmediate)
  }
}

const textOf = (decoder: TextDecoder, bytes: Uint8Array, path: string, stream: boolean): string => {
  try {
    return decoder.decode(bytes, { stream })
  } catch (cause) {
    throw new DataFormat({ path, reason: `it is not UTF-8: ${words(cause)}`, advice: "Save it as UTF-8 first." })
  }
}

/** A table that is being read. */
export interface Table {
  readonly push: (text: string) => void
  /** the last line, which may lack its line break */
  readonly finish: () => void
  /** the columns; none before the first line is complete */
  readonly columns: () => ReadonlyArray<PlacedColumn>
  /** finishes, and gives all columns whole */
  readonly end: () => Readonly<Record<string, Dataset | MissingRows>>
}

export interface PlacedColumn {
  readonly name: string
  readonly place: number
  readonly reading: Reading
}

/** @param known facts of the columns from an earlier pass over the file */
export const tableOf = (
  path: string,
  { fields }: CsvSchema,
  { delimiter = ",", missing = [] }: CsvOptions,
  known: Readonly<Record<string, ColumnFacts>> = {}
): Table => {
  if (delimiter.length !== 1 || delimiter === '"' || delimiter === "\n" || delimiter === "\r") {
    const reason = `the delimiter is ${JSON.stringify(delimiter)}`
    throw new DataFormat({ path, reason, advice: 'Give one character, such as ",", ";" or "\\t".' })
  }
  const holes = new Set(["", ...missing])
  const records = recordsOf(path, delimiter)
  let width = 0
  let columns: ReadonlyArray<PlacedColumn> | undefined
  const take = (record: CsvRecord): void => {
    if (columns === undefined) {
      const names = record.fields.map(({ text }) => text)
      width = names.length
      columns = Object.entries(fields).map(([name, schema]) => ({
        name,
        place: placeOf(name, names, path),
        reading: columnOf(name, schema, holes, known[name])
      }))
      return
    }
    if (width > 1 && isBlank(record)) return
    if (record.fields.length !== width) throw wrongWidth(path, record, width)
    for (const { place, reading } of columns) {
      const field = record.fields[place]
      if (field !== undefined) reading.push(field, { path, line: record.line })
    }
  }
  const finish = (): void => {
    records.end().forEach(take)
    if (columns === undefined)
      throw new DataFormat({ path, reason: "it is empty", advice: "Its first line names the columns." })
  }
  const placed = (): ReadonlyArray<PlacedColumn> => columns ?? []
  return {
    push: (text) => records.push(text).forEach(take),
    finish,
    columns: placed,
    end: () => {
      finish()
      return Object.fromEntries(placed().map(({ name, reading }) => [name, reading.end(path)]))
    }
  }
}

const isBlank = ({ fields: [first, second] }: CsvRecord): boolean =>
  second === undefined && first?.text === "" && !first.quoted

const placeOf = (name: string, names: ReadonlyArray<string>, path: string): number => {
  const place = names.indexOf(name)
  const listed = names.map((each) => `'${each.slice(0, 40)}'`).join(", ")
  if (place === -1) {
    const advice = `The first line names ${listed}. Are the columns named, and is the delimiter right?`
    throw new DataFormat({ path: `${path}:1`, reason: `there is no column '${name}'`, advice })
  }
  if (names.indexOf(name, place + 1) !== -1) {
    throw new DataFormat({
      path: `${path}:1`,
      reason: `there are two columns '${name}'`,
      advice: "Rename one of them."
    })
  }
  return place
}

const wrongWidth = (path: string, { line, fields }: CsvRecord, width: number): DataFormat =>
  new DataFormat({
    path: `${path}:${line}`,
    reason: `the line has ${fields.length} fields, but the first line names ${width} columns`,
    advice: "Put fields that hold a delimiter into quotes; leave a missing value empty."
  })

export const unreadable = (path: string, cause: unknown): DataFormat =>
  new DataFormat({ path, reason: `cannot be read: ${words(cause)}`, advice: "Check the path and the file." })

const words = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
