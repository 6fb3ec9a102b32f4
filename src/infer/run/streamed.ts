import { Effect, type Scope } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { type Opened, opened } from "../../data/stream/opened.ts"
import { isRowStream, type RowStream } from "../../data/stream/RowStream.ts"
import type { FitError } from "../../Errors.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { mapValues } from "../../trace/build.ts"
import { own } from "../joint/names.ts"
import { asFitError, attempt } from "./attempt.ts"
import { type Prepared, prepare } from "./prepared.ts"
import { mustBeRecord, type ProgramData } from "./source.ts"

/** The data of a fit: the rows of a plate may be a stream. */
export type FitData = Readonly<Record<string, ProgramData[string] | RowStream>>

/**
 * Data with its streams opened. Of a streamed plate the first rows are at hand, and stand for all of them where a few are enough.
 *
 * @param pathOf how the rows of a plate are called in messages
 */
export const prepareStreams = (
  data: FitData,
  pathOf: (plate: string) => string
): Effect.Effect<Prepared, FitError, Scope.Scope> =>
  Effect.gen(function* () {
    const { given, streams } = yield* attempt(() => split(data))
    const prepared = yield* attempt(() => prepare(given))
    const all = yield* Effect.forEach(Object.entries(streams), ([plate, stream]) =>
      Effect.map(open(stream, pathOf(plate)), (rows) => [plate, rows] as const)
    )
    const byPlate = Object.fromEntries(all)
    return {
      ...prepared,
      plates: { ...prepared.plates, ...mapValues(byPlate, headRows) },
      sizes: { ...prepared.sizes, ...mapValues(byPlate, ({ rows }) => rows) },
      streams: byPlate
    }
  })

const split = (data: FitData): { readonly given: ProgramData; readonly streams: Record<string, RowStream> } => {
  mustBeRecord(
    "data",
    data,
    "Give a record: an entry for each plate, and one for each value that is observed outside of plates."
  )
  const entries = Object.entries(data)
  return {
    given: Object.fromEntries(entries.flatMap(([name, value]) => (isRowStream(value) ? [] : [[name, value] as const]))),
    streams: Object.fromEntries(
      entries.flatMap(([name, value]) => (isRowStream(value) ? [[name, value] as const] : []))
    )
  }
}

/** A source is closed with the scope of the fit. */
const open = (stream: RowStream, path: string): Effect.Effect<Opened, FitError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: (signal) => opened(stream, path, signal), catch: asFitError }),
    ({ begun }) => Effect.promise(() => begun.blocks.close()),
    { interruptible: true }
  )

const headRows = ({ stream: { fields }, head }: Opened): Readonly<Record<string, Dataset>> =>
  mapValues(fields, ({ event, support }, name) => {
    const values = own(head, name) ?? new Float32Array()
    const size = values.length / sizeOf(event)
    return { event, size, shape: [size, ...event], support, values, scale: 1 }
  })

/** Only the first rows of streamed plates, as if there were no others. */
export const headOf = ({ streams = {}, sizes, ...data }: Prepared): Prepared => ({
  ...data,
  sizes: mapValues(sizes, (size, plate) =>
    own(streams, plate) === undefined ? size : (Object.values(own(data.plates, plate) ?? {})[0]?.size ?? size)
  )
})
