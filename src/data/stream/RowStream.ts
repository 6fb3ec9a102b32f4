import { Stream } from "effect"
import { DataFormat, InvalidOption } from "../../Errors.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { checkEvent, type Dataset } from "../Dataset.ts"
import { type MissingRows, mustHaveParts, seenField } from "../missingRows.ts"
import { type Numbers, type Rows, shown } from "../numbers.ts"

/** A field of a streamed row: its shape, or its shape with the support that its numbers have (`"real"` otherwise) and whether some of them may be missing. */
export type StreamField = Shape | StreamedField
export interface StreamedField {
  readonly event: Shape
  readonly support?: string
  /** whether `null`, `undefined` and NaN stand for a missing number; otherwise they are refused */
  readonly missing?: boolean
}

/** The rows that such fields make, field by field. */
export type StreamedFields<S> = {
  readonly [K in keyof S]: S[K] extends { readonly event: infer E extends Shape }
    ? S[K] extends { readonly missing: true }
      ? MissingRows<Readonly<E>, SupportOf<S[K]>>
      : Dataset<Readonly<E>, SupportOf<S[K]>>
    : S[K] extends Shape
      ? Dataset<Readonly<S[K]>, "real">
      : never
}
type SupportOf<F> = F extends { readonly support: infer P extends string } ? P : "real"

/** One row, field by field: a number for the shape `[]`, otherwise a list of all its numbers or nested lists. Where some may be missing, a number or a hole, or a list of them. */
export type StreamedRow<S> = {
  readonly [K in keyof S]: StreamedFields<S>[K] extends Dataset<readonly []>
    ? number
    : StreamedFields<S>[K] extends MissingRows<readonly []>
      ? OrHole
      : StreamedFields<S>[K] extends MissingRows
        ? Numbers | ReadonlyArray<OrHole>
        : Numbers | Rows
}
type OrHole = number | null | undefined

/** What a source gives: a row, or many rows at once as datasets with the same number of them, which is faster. */
export type StreamedPiece<S> =
  | StreamedRow<S>
  | { readonly [K in keyof S]: StreamedFields<S>[K] extends MissingRows ? Dataset | MissingRows : Dataset }

type Once<A> = AsyncIterable<A> | Iterable<A> | Stream.Stream<A, unknown>

/** Where rows come from: what can be iterated, an Effect `Stream`, or a function that makes such a source for each pass over the data, counted from 0. */
export type RowsSource<A> = Once<A> | ((pass: number) => Once<A>)

/** How rows are streamed. */
export interface StreamOptions {
  /** the number of rows of one pass: counted in a pass of its own where it is not given */
  readonly rows?: number
  /** rows that are held in memory and drawn from at random (10,000); with 1 they stay in the order of the source */
  readonly shuffle?: number
  /** of the order (that of the fit) */
  readonly seed?: number
}

/** Rows that are read while a fit runs, and never held all at once. `F` has their fields as datasets. */
export interface RowStream<out F = unknown> {
  readonly _tag: "RowStream"
  /** those of a step: a field with holes is two, of which it names the one that says what is there */
  readonly fields: Readonly<Record<string, { readonly event: Shape; readonly support: string; readonly seen?: string }>>
  readonly rows: number | undefined
  readonly shuffle: number
  readonly seed: number | undefined
  /** whether the source can be read more than once */
  readonly isRepeatable: boolean
  readonly open: (pass: number) => AsyncIterable<unknown> | Iterable<unknown>
  /** only in the type */
  readonly rowsOf?: F
}

/**
 * The rows of a plate as a stream, for data that do not fit into memory: `fit` reads them through a buffer of `shuffle` rows, batch by batch. A row is drawn at
 * random from the buffer, and the next one of the source takes its place; so rows move by about as many places as the buffer has. Where a source is sorted, by
 * class for one, give a buffer that is larger than its longest run. Each row counts once in each pass.
 *
 * A fit fails with DataFormat, which names the row, when the source throws, gives anything but numbers of the given shapes and supports, or not exactly `rows`
 * rows in a pass. The source is closed when the fit ends, fails or is interrupted. A generator or a Node stream can be read once: enough for one epoch where
 * `rows` is given. For more of them give a function that makes it anew.
 *
 * A field `{ event: [], missing: true }` may have holes: `null`, `undefined` or NaN in the place of a number. A program observes it by `masked`, `marginal` or `imputed`, as with `Data.missing`.
 *
 * @throws DataFormat for fields or a source that cannot be, InvalidOption for an option
 * @example
 * ```ts
 * const numbers = async function* () {
 *   for (let i = 0; i < 1000; i++) yield { x: [i / 1000, 1], y: i % 7 }
 * }
 * const rows = Data.stream({ x: [2], y: [] }, numbers, { rows: 1000, shuffle: 100 }) // RowStream<{ x: Dataset<[2], "real">, y: Dataset<[], "real"> }>
 * ```
 */
export const stream = <const S extends Readonly<Record<string, StreamField>>>(
  fields: S,
  source: RowsSource<StreamedPiece<S>>,
  options: StreamOptions = {}
): RowStream<StreamedFields<S>> => {
  const { rows, shuffle = 10_000, seed } = checkedStream(options)
  if (typeof source !== "function" && !isSource(source))
    throw refuse("source", source, "something to iterate", "Give an iterable, a Stream, or a function that makes one.")
  return {
    _tag: "RowStream",
    fields: fieldsOf(fields),
    ...{ rows, shuffle, seed },
    isRepeatable: typeof source === "function" || !isUsedUp(source),
    open: (pass) => iterableOf(typeof source === "function" ? source(pass) : source)
  }
}

export const isRowStream = (value: unknown): value is RowStream =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "RowStream"

const fieldsOf = (fields: Readonly<Record<string, StreamField>>): RowStream["fields"] => {
  const words = 'Write { x: [3], y: [], label: { event: [], support: "boolean" } }.'
  if (typeof fields !== "object" || fields === null || Object.keys(fields).length === 0)
    throw refuse("fields", fields, "a record with the shape of each field", words)
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, given]) => {
      if (typeof given !== "object" || given === null) throw refuse(`fields.${name}`, given, "a shape", words)
      const field: StreamedField = "event" in given ? given : { event: given }
      const { event, support = "real", missing = false } = field
      checkEvent(event)
      if (typeof support !== "string") throw refuse(`fields.${name}.support`, support, "the name of a support", words)
      if (typeof missing !== "boolean") throw refuse(`fields.${name}.missing`, missing, "true or false", words)
      return fieldOf(name, { event, support, missing }, fields)
    })
  )
}

/** A field of a step, or two where some of its numbers may be missing. */
export const fieldOf = (
  name: string,
  { event, support, missing }: Required<StreamedField>,
  all: object = {}
): ReadonlyArray<readonly [string, RowStream["fields"][string]]> => {
  if (!missing) return [[name, { event, support }]]
  const seen = seenField(name)
  mustHaveParts(event, support)
  if (Object.hasOwn(all, seen))
    throw refuse(`fields.${name}`, JSON.stringify(seen), "the name of no other field", "Choose another name.")
  return [
    [name, { event, support, seen }],
    [seen, { event, support: "boolean" }]
  ]
}

export const checkedStream = (options: StreamOptions): StreamOptions => {
  const names = ["rows", "shuffle", "seed"] as const
  if (typeof options !== "object" || options === null)
    throw new InvalidOption({
      option: "options",
      value: shown(options),
      expected: "{ rows, shuffle, seed } or nothing"
    })
  const unknown = Object.keys(options).find((name) => !names.some((each) => each === name))
  if (unknown !== undefined)
    throw new InvalidOption({ option: unknown, value: "unknown", expected: `one of ${names.join(", ")}` })
  for (const name of names) {
    const value = options[name]
    const least = name === "seed" ? 0 : 1
    if (value === undefined || (Number.isSafeInteger(value) && value >= least && value < largest)) continue
    throw new InvalidOption({ option: name, value: shown(value), expected: `a whole number from ${least}` })
  }
  return options
}

/** Rows of one pass are counted in a number. */
const largest = 2 ** 53

const isSource = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  (Symbol.asyncIterator in value || Symbol.iterator in value || Stream.isStream(value))

/** Iterators that are under way, and the streams of Node and the web: none begins again. */
const isUsedUp = (source: object): boolean =>
  !Stream.isStream(source) &&
  ["next", "pipe", "getReader"].some((method) => typeof Reflect.get(source, method) === "function")

const refuse = (what: string, value: unknown, wanted: string, advice: string): DataFormat =>
  new DataFormat({ path: "Data.stream", reason: `${what} is ${shown(value)}, not ${wanted}`, advice })

const iterableOf = (source: Once<unknown>): AsyncIterable<unknown> | Iterable<unknown> => {
  if (Stream.isStream(source)) return Stream.toAsyncIterable(source as Stream.Stream<unknown, unknown>)
  if (isSource(source)) return source
  throw refuse(
    "what the function of the source makes",
    source,
    "something to iterate",
    "Return an iterable or a Stream."
  )
}
