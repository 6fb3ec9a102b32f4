import { Effect } from "effect"
import { DataFormat } from "../../Errors.ts"
import type { ColumnFacts, Columns, Labelled } from "../columns.ts"
import { type CsvOptions, type CsvSchema, type Table, tableOf, textsOf, unreadable } from "../csv.ts"
import { type Reader, withFile } from "../file.ts"
import { heldOpen } from "./heldOpen.ts"
import { checkedStream, fieldOf, type RowStream, type StreamOptions } from "./RowStream.ts"

/** How a CSV file is written, and how its rows are streamed; their number is counted. */
export interface CsvStreamOptions extends CsvOptions, Omit<StreamOptions, "rows"> {}

/** The rows of a CSV file as a stream, with the texts of its columns of texts: a row holds their places. */
export interface CsvStream<T> extends RowStream<Columns<T>> {
  readonly labels: {
    readonly [K in keyof T & string as Columns<T>[K] extends Labelled ? K : never]: ReadonlyArray<string>
  }
}

/**
 * The rows of a CSV file that does not fit into memory, as `Data.stream` gives them: `fit` reads the file again in each pass, in slices, through a shuffle buffer. Schema and options are those of {@link csv}; empty fields where the schema takes `null` are
 * holes, which a program observes by `masked`, `marginal` or `imputed`.
 *
 * The whole file is read once before, which counts its rows, collects the texts of its columns of texts (of which there are a million at most), and fails with DataFormat, with file, line and column, for a field that the schema does not decode.
 *
 * @example
 * ```ts
 * const schools = Data.csvStream("schools.csv", Schema.Struct({ school: Schema.String, y: Schema.NullOr(Schema.Number) }), { shuffle: 50_000 })
 * // Effect of RowStream<{ school: Dataset<[], "category">, y: MissingRows<[], "real"> }>, with labels.school
 * ```
 */
export const csvStream = <S extends CsvSchema & { readonly Type: unknown }>(
  path: string,
  schema: S,
  options: CsvStreamOptions = {}
): Effect.Effect<CsvStream<S["Type"]>, DataFormat> =>
  // each column is made by its schema, which the compiler cannot follow
  Effect.tryPromise({
    try: (signal) => opened(path, schema, options, signal),
    catch: (cause) => (cause instanceof DataFormat ? cause : unreadable(path, cause))
  }) as Effect.Effect<CsvStream<S["Type"]>, DataFormat>

const opened = async (
  path: string,
  schema: CsvSchema,
  { delimiter, missing, ...streaming }: CsvStreamOptions,
  signal: AbortSignal
): Promise<CsvStream<unknown>> => {
  const { shuffle = 10_000, seed } = checkedStream(streaming)
  const written = { ...(delimiter !== undefined && { delimiter }), ...(missing !== undefined && { missing }) }
  const { rows, facts } = await withFile(path, signal, (reader) => survey(reader, schema, written))
  const fields = Object.entries(facts).flatMap(([name, { support, mayBeMissing }]) =>
    fieldOf(name, { event: [], support, missing: mayBeMissing }, facts)
  )
  const labels = Object.entries(facts).flatMap(([name, { labels }]) => (labels === undefined ? [] : [[name, labels]]))
  return {
    _tag: "RowStream",
    fields: Object.fromEntries(fields),
    ...{ rows, shuffle, seed, labels: Object.fromEntries(labels) },
    isRepeatable: true,
    open: () =>
      heldOpen<Reader, Piece>(
        (use, stop) => withFile(path, stop, use),
        (reader) => piecesOf(reader, tableOf(path, schema, written, facts), facts)
      )
  }
}

/** One pass, of which only the number of rows and the facts of the columns are kept. */
const survey = async (
  reader: Reader,
  schema: CsvSchema,
  options: CsvOptions
): Promise<{ readonly rows: number; readonly facts: Readonly<Record<string, ColumnFacts>> }> => {
  const { path } = reader
  if (Object.keys(schema.fields).length === 0)
    throw new DataFormat({ path, reason: "the schema has no columns", advice: "Name at least one." })
  const table = tableOf(path, schema, options)
  let rows = 0
  for await (const numbers of cutsOf(reader, table)) {
    rows += Object.values(numbers)[0]?.length ?? 0
    for (const { name, reading } of table.columns()) mustBeFew(path, name, reading.distinct())
  }
  return { rows, facts: Object.fromEntries(table.columns().map(({ name, reading }) => [name, reading.facts(path)])) }
}

/** How many texts a column may have, as they are all held. */
const most = 1_000_000

const mustBeFew = (path: string, column: string, distinct: number): void => {
  if (distinct <= most) return
  const reason = `column '${column}' has more than ${most} different texts, which are all kept`
  throw new DataFormat({ path, reason, advice: "Leave it out of the schema, or write numbers." })
}

/** The columns of the rows that end in each slice of a file. */
async function* cutsOf(reader: Reader, table: Table): AsyncGenerator<Readonly<Record<string, Float32Array>>> {
  const cut = () => Object.fromEntries(table.columns().map(({ name, reading }) => [name, reading.cut()]))
  for await (const text of textsOf(reader)) {
    table.push(text)
    yield cut()
  }
  table.finish()
  yield cut()
}

type Piece = Readonly<Record<string, { readonly size: number }>>

async function* piecesOf(
  reader: Reader,
  table: Table,
  facts: Readonly<Record<string, ColumnFacts>>
): AsyncGenerator<Piece> {
  for await (const numbers of cutsOf(reader, table)) {
    const piece = Object.entries(numbers).map(([name, values]) => {
      const size = values.length
      return [name, { event: [], size, shape: [size], support: facts[name]?.support, values, scale: 1 }] as const
    })
    if ((piece[0]?.[1].size ?? 0) > 0) yield Object.fromEntries(piece)
  }
}
