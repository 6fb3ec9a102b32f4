import * as tf from "@tensorflow/tfjs"
import type { Effect } from "effect"
import { contains, isSupport, outsider } from "../dist/Support.ts"
import { DataFormat, InvalidOption } from "../Errors.ts"
import { fill } from "../tensor/random.ts"
import { type Shape, showShape, sizeOf, Tensor } from "../tensor/Tensor.ts"
import { type Numbers, numbersOf, type Rows, refuse, shown, unshared } from "./numbers.ts"
import { atOnce, inTurns, overPieces, type Pieces, piece } from "./pieces.ts"
import { shownRows } from "./shownRows.ts"

/**
 * `size` rows of shape `event`, one after the other in `values`. A number of the data is `values[i] * scale`, so images are kept as bytes: eight bits
 * per pixel, scale 1/255, support `"unitInterval"`.
 */
export interface Dataset<E extends Shape = Shape, P extends string = string> {
  readonly event: E
  readonly size: number
  /** `[size, ...event]` */
  readonly shape: readonly [number, ...E]
  readonly support: P
  readonly values: Float32Array | Uint8Array
  readonly scale: number
}

/** The way in which grey values in [0, 1] become 0 or 1: by a threshold, or by one random draw with the given seed. */
export type Binarize =
  | { readonly threshold?: number; readonly seed?: never }
  | { readonly seed: number; readonly threshold?: never }

/**
 * A dataset of plain numbers, with support `"real"` unless another is given. Give the numbers row after row together with the shape of a row (`[]`
 * for rows of one number), or as nested lists, whose nesting gives the shape. A `Float32Array` is kept, not copied, unless threads share its memory. The bytes of a `Uint8Array` are numbers from 0 to 255.
 *
 * @throws DataFormat when the numbers do not make whole rows, something among them is not a number, or one of them lies outside the support
 * @example
 * ```ts
 * const points = Data.of([0, 0, 1, 1, 2, 4], [2]) // three rows: Dataset<readonly [2], "real">
 * points.size // => 3
 * Data.of([[0, 0], [1, 1], [2, 4]]).shape // => [3, 2]
 * ```
 */
function of(values: ReadonlyArray<Numbers>): Dataset<readonly [number], "real">
function of(values: Rows): Dataset<Shape, "real">
function of<const E extends Shape>(values: Numbers | Rows, event: E): Dataset<E, "real">
function of<const E extends Shape, const P extends string>(values: Numbers | Rows, event: E, support: P): Dataset<E, P>
function of(values: Numbers | Rows, event?: Shape, support = "real"): Dataset<Shape, string> {
  return atOnce(made(values, event, support))
}

/**
 * The same for data so large that the rest of the program should run meanwhile: the event loop gets its turn after each quarter of a million numbers. Fails with
 * what `of` throws.
 *
 * @example
 * ```ts
 * const points = Data.ofLarge(new Float32Array(50_000_000), [50], "real") // Effect<Dataset<readonly [50], "real">, DataFormat>
 * ```
 */
const ofLarge = <const E extends Shape, const P extends string>(
  values: Numbers | Rows,
  event: E,
  support: P
): Effect.Effect<Dataset<E, P>, DataFormat> =>
  inTurns(
    () => made(values, event, support) as Pieces<Dataset<E, P>>,
    (error) => error instanceof DataFormat
  )

function* made(values: Numbers | Rows, event: Shape | undefined, support: string): Pieces<Dataset<Shape, string>> {
  const { floats, shape } = yield* numbersOf(values)
  const row = event === undefined ? shape?.slice(1) : event
  if (row === undefined) {
    throw unfit(
      "event, the shape of a row, is missing",
      "Write Data.of(values, []) for rows of one number, Data.of(values, [2]) for rows of two."
    )
  }
  checkEvent(row)
  if (shape !== undefined && showShape(shape.slice(1)) !== showShape(row)) {
    throw unfit(
      `event is ${showShape(row)}, but values has rows of shape ${showShape(shape.slice(1))}`,
      "Leave event out, or give the shape that the lists have."
    )
  }
  if (typeof support !== "string")
    throw refuse("support", support, "the name of a support", 'Write "real", "boolean" …')
  const dataset = rowsOf(floats, row, support, 1)
  yield* checkSupport(floats, row, support)
  return dataset
}

/**
 * Grey images, or any other data of eight bits per number, as numbers in [0, 1]: 255 is 1. The bytes are kept, not copied, unless threads share their
 * memory.
 *
 * @throws DataFormat when the bytes are no Uint8Array or do not make whole rows
 */
const ofBytes = <const E extends Shape>(values: Uint8Array, event: E): Dataset<E, "unitInterval"> => {
  if (!(values instanceof Uint8Array)) {
    throw refuse(
      "values",
      values,
      "a Uint8Array",
      "Write Data.ofBytes(Uint8Array.from(values), event), with numbers from 0 to 255."
    )
  }
  checkEvent(event)
  return rowsOf(unshared(values), event, "unitInterval", 1 / 255)
}

/** The first `n` rows, which share their memory with the dataset. Throws InvalidOption when there are fewer. */
const take = <E extends Shape, P extends string>(dataset: Dataset<E, P>, n: number): Dataset<E, P> => {
  integerWithin("n", n, 1, dataset.size)
  return slice(dataset, 0, n)
}

/** Rows `from` up to, but without, `to`, sharing memory. Throws InvalidOption unless 0 ≤ from < to ≤ size. */
const slice = <E extends Shape, P extends string>(dataset: Dataset<E, P>, from: number, to: number): Dataset<E, P> => {
  integerWithin("from", from, 0, dataset.size - 1)
  integerWithin("to", to, from + 1, dataset.size)
  const width = sizeOf(dataset.event)
  const size = to - from
  const values = dataset.values.subarray(from * width, to * width)
  return shownRows({ ...dataset, size, shape: [size, ...dataset.event], values })
}

/** The same rows, each reshaped to one dimension: `[28, 28]` becomes `[784]`. */
const flatten = <P extends string>(dataset: Dataset<Shape, P>): Dataset<readonly [number], P> => {
  const width = sizeOf(dataset.event)
  return shownRows({ ...dataset, event: [width], shape: [dataset.size, width] })
}

/**
 * The same rows with another support, once each has been checked: counts of a file, which are real numbers in its type, for a Poisson likelihood.
 *
 * @throws DataFormat when one of them lies outside of it
 * @example
 * ```ts
 * Data.within(Data.of([0, 3, 1], []), "natural").support // => "natural"
 * ```
 */
const within = <E extends Shape, const P extends string>(
  { values, scale, event }: Dataset<E>,
  support: P
): Dataset<E, P> =>
  of(
    scale === 1 && values instanceof Float32Array ? values : Float32Array.from(values, (x) => x * scale),
    event,
    support
  )

/** Rows `from` up to `to` (all by default) as a float32 tensor `[to - from, ...event]`. The caller disposes it. */
const toTensor = <E extends Shape, P extends string>(
  dataset: Dataset<E, P>,
  from = 0,
  to = dataset.size
): Tensor<readonly [number, ...E]> => {
  const rows = slice(dataset, from, to)
  const floats = new Float32Array(rows.values)
  if (rows.scale !== 1) for (let i = 0; i < floats.length; i++) floats[i] = (floats[i] ?? 0) * rows.scale
  return Tensor.of(rows.shape, tf.tensor(floats, [...rows.shape], "float32"))
}

/**
 * Grey values as booleans: 1 where the value lies above the threshold (0.5 by default), or, given a seed, 1 with the value as probability, drawn once
 * and the same for the same seed. A new draw in each epoch ("dynamic" binarisation) is not supported yet.
 *
 * @throws InvalidOption when the threshold lies outside [0, 1) or the seed is not a whole number from 0
 */
const binarize = <E extends Shape>(
  dataset: Dataset<E, "unitInterval">,
  options: Binarize = {}
): Dataset<E, "boolean"> => atOnce(made01(dataset, options))

/** The same for data so large that the rest of the program should run meanwhile, as with `ofLarge`. Fails with what `binarize` throws. */
const binarizeLarge = <E extends Shape>(
  dataset: Dataset<E, "unitInterval">,
  options: Binarize = {}
): Effect.Effect<Dataset<E, "boolean">, InvalidOption> =>
  inTurns(
    () => made01(dataset, options),
    (error) => error instanceof InvalidOption
  )

function* made01<E extends Shape>(
  dataset: Dataset<E, "unitInterval">,
  options: Binarize
): Pieces<Dataset<E, "boolean">> {
  checkBinarize(options)
  const values = yield* options.seed === undefined
    ? above(dataset, options.threshold ?? 0.5)
    : drawn(dataset, options.seed)
  return shownRows({ ...dataset, values, scale: 1, support: "boolean" })
}

/** @throws InvalidOption for an option that there is not, and for both at once */
const checkBinarize = (options: Binarize): void => {
  const expected = "{ threshold }, { seed } or nothing"
  if (typeof options !== "object" || options === null)
    throw new InvalidOption({ option: "options", value: String(options), expected })
  const unknown = Object.keys(options).find((name) => name !== "threshold" && name !== "seed")
  if (unknown !== undefined) throw new InvalidOption({ option: unknown, value: "unknown", expected })
  const { seed, threshold }: { readonly seed?: unknown; readonly threshold?: unknown } = options
  if (seed !== undefined && threshold !== undefined)
    throw new InvalidOption({ option: "threshold", value: String(threshold), expected: "none beside a seed" })
}

export const Dataset = { of, ofLarge, ofBytes, take, slice, flatten, within, toTensor, binarize, binarizeLarge }

export const checkEvent = (event: Shape): void => {
  const words =
    "Give the shape of one row as a list, without the number of rows: [] for rows of one number, [2] for rows of two."
  if (!Array.isArray(event)) throw refuse("event", event, "the shape of a row", words)
  const dimensions: ReadonlyArray<unknown> = Array.from(event) // a hole becomes undefined
  if (!dimensions.every((n) => Number.isSafeInteger(n) && Number(n) > 0)) {
    const reason = `a row cannot have shape [${dimensions.map(shown).join(", ")}]`
    throw unfit(reason, "Give each dimension of a row as a whole number from 1.")
  }
}

const rowsOf = <E extends Shape, P extends string>(
  values: Float32Array | Uint8Array,
  event: E,
  support: P,
  scale: number
): Dataset<E, P> => {
  const width = sizeOf(event)
  const size = values.length / width
  if (!Number.isInteger(size) || size === 0) {
    throw unfit(
      `${values.length} numbers do not make whole rows of shape ${showShape(event)}, ${width} numbers each`,
      "Give the shape of one row, without the number of rows, and at least one row."
    )
  }
  return shownRows({ event, size, shape: [size, ...event], support, values, scale })
}

function* checkSupport(values: Float32Array, event: Shape, support: string): Pieces<void> {
  const inside = isSupport(support) ? contains[support] : support === "extendedReal" ? isOrdered : Number.isFinite
  const advice = "Correct or leave out such rows, or name the support that the data have."
  const row = (place: number): number => Math.floor(place / Math.max(1, sizeOf(event)))
  yield* overPieces(values.length, (from, to) => {
    const wrong = firstOutside(values, inside, from, to)
    if (wrong === undefined) return
    const outside = `which lies outside the support '${support}'`
    const missing = `For missing values write Data.missing(values, event), and observe them by masked, marginal or imputed.`
    const infinite = `For bounds that may be infinite, such as those of Censored, write Data.of(values, event, "extendedReal").`
    throw unfit(
      `number ${wrong} (row ${row(wrong)}) is ${values[wrong]}, ${outside}`,
      isOrdered(values[wrong] ?? 0)
        ? Number.isFinite(values[wrong])
          ? advice
          : `${advice} ${infinite}`
        : `${advice} ${missing}`
    )
  })
  if (!isSupport(support)) return
  const width = Math.max(1, sizeOf(event))
  const inPiece = width * Math.ceil(piece / width)
  for (let from = 0; from < values.length; from += inPiece) {
    const some = values.subarray(from, from + inPiece)
    const point = outsider(support, some, [some.length / width, ...event])
    if (point !== undefined) throw unfit(`row ${row(from + point)} lies outside the support '${support}'`, advice)
    yield
  }
}

/** A number or an infinity: anything but NaN. */
const isOrdered = (x: number): boolean => !Number.isNaN(x)

const firstOutside = (
  values: Float32Array,
  inside: (x: number) => boolean,
  from: number,
  to: number
): number | undefined => {
  for (let i = from; i < to; i++) if (!inside(values[i] as number)) return i
  return undefined
}

function* above({ values, scale }: Dataset, threshold: number): Pieces<Uint8Array> {
  if (!(threshold >= 0 && threshold < 1)) {
    throw new InvalidOption({
      option: "threshold",
      value: `${threshold}`,
      expected: "a number from 0 up to, but not, 1"
    })
  }
  const out = new Uint8Array(values.length)
  yield* overPieces(out.length, (from, to) => {
    for (let i = from; i < to; i++) out[i] = (values[i] as number) * scale > threshold ? 1 : 0
  })
  return out
}

function* drawn({ values, scale, event, size }: Dataset, seed: number): Pieces<Uint8Array> {
  integerWithin("seed", seed, 0, Number.MAX_SAFE_INTEGER)
  const width = sizeOf(event)
  const uniform = new Float32Array(width)
  const out = new Uint8Array(values.length)
  const binarizeRow = (row: number): void => {
    fill("uniform", uniform, { seed, owner: "library", site: "binarize", step: 0, lane: row })
    const start = row * width
    for (let i = 0; i < width; i++)
      out[start + i] = (uniform[i] as number) < (values[start + i] as number) * scale ? 1 : 0
  }
  const rows = Math.ceil(piece / width)
  for (let row = 0; row < size; row++) {
    binarizeRow(row)
    if (row % rows === rows - 1) yield
  }
  return out
}

const integerWithin = (option: string, value: number, low: number, high: number): void => {
  if (Number.isInteger(value) && value >= low && value <= high) return
  throw new InvalidOption({ option, value: `${value}`, expected: `a whole number from ${low} to ${high}` })
}

const unfit = (reason: string, advice: string): DataFormat => new DataFormat({ path: "Dataset", reason, advice })
