import { Effect, type Scope } from "effect"
import type { Block } from "../../data/stream/gather.ts"
import type { Opened } from "../../data/stream/opened.ts"
import { type Passes, passesOf, type RowValues } from "../../data/stream/passes.ts"
import type { FitError } from "../../Errors.ts"
import type { Loop } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { mapValues } from "../../trace/build.ts"
import type { Values } from "../../trace/Graph.ts"
import { indicesInput, inputName, own } from "../joint/names.ts"
import { asFitError } from "./attempt.ts"
import { countIn, type Reading } from "./batches.ts"
import type { Prepared } from "./prepared.ts"

/** Looks at some rows of a plate, of which the first is row `from` of its source, before a step sees them. */
export type CheckRows = (rows: Prepared, from: number) => void

/** The rows of steps that were read, as feeds of any steps among these. Each call makes new arrays, because engines may keep them. */
export type StepRows = (from: number, k: number) => Readonly<Record<string, Values>>

/** The rows of streamed plates, step by step. */
export interface RowFeeds {
  /** how many steps may be read together without taking much memory */
  readonly most: number
  /** Reads the rows of the next `k` steps, of which the first is step `from`. */
  readonly read: (from: number, k: number) => Effect.Effect<StepRows, FitError>
}

/** Where streams begin, and what is asked of their rows. */
export interface RowFeedsOptions {
  readonly seed: number
  readonly begin: number
  readonly check: CheckRows
}

/** Numbers that are read ahead, unless one step needs more. */
const ahead = 1 << 22

/** Streams rows into steps, from step `begin` on. The sources are closed with the scope. */
export const rowFeeds = (
  data: Prepared,
  readings: ReadonlyArray<Reading>,
  { seed, begin, check }: RowFeedsOptions
): Effect.Effect<RowFeeds, FitError, Scope.Scope> =>
  Effect.gen(function* () {
    const streams = yield* Effect.forEach(
      readings.flatMap((reading) => {
        const opened = own(data.streams ?? {}, reading.plate)
        return opened === undefined ? [] : [{ reading, opened }]
      }),
      ({ reading, opened }) =>
        Effect.gen(function* () {
          const { plate } = reading
          const order = { seed: opened.stream.seed ?? seed, plate, check: checkOf(plate, opened, check) }
          const passes = passesOf(opened, order)
          yield* Effect.addFinalizer(() => Effect.promise(passes.close))
          const { pass, place } = placeOf(reading, begin)
          yield* Effect.tryPromise({ try: () => passes.seek(pass, place), catch: asFitError })
          return { reading, passes, widths: mapValues(opened.stream.fields, ({ event }) => sizeOf(event)) }
        })
    )
    const inStep = streams.reduce(
      (sum, { reading, widths }) => sum + reading.batch * Object.values(widths).reduce((row, width) => row + width, 0),
      0
    )
    const read = (from: number, k: number): Effect.Effect<StepRows, FitError> =>
      Effect.map(
        Effect.forEach(streams, ({ reading, passes, widths }) =>
          Effect.tryPromise({
            try: async (signal) => {
              const fields = await stepsOf(passes, reading, widths, from, k, signal)
              return Object.entries(fields).map(([field, values]) => [inputName(field, reading.plate), values] as const)
            },
            catch: asFitError
          })
        ),
        (all) => (start, steps) =>
          Object.fromEntries(
            all.flat().map(([name, values]) => {
              const each = values.length / k
              return [name, values.slice((start - from) * each, (start - from + steps) * each)]
            })
          )
      )
    return { most: Math.max(1, Math.floor(ahead / Math.max(1, inStep))), read }
  })

/** The pass and the row in it with which a step begins. */
const placeOf = ({ rows, batch }: Reading, step: number): { readonly pass: number; readonly place: number } => {
  const perPass = Math.ceil(rows / batch)
  return { pass: Math.floor(step / perPass), place: (step % perPass) * batch }
}

/** The rows of some steps, field by field. A partial batch is filled with its first row, at weight 0. */
const stepsOf = async (
  passes: Passes,
  reading: Reading,
  widths: Readonly<Record<string, number>>,
  from: number,
  k: number,
  signal: AbortSignal
): Promise<RowValues> => {
  const { batch } = reading
  const all = mapValues(widths, (width) => new Float32Array(k * batch * width))
  for (let s = 0; s < k; s++) {
    signal.throwIfAborted()
    const count = countIn(reading, from + s)
    const rows = await passes.take(count)
    for (const [field, to] of Object.entries(all)) {
      const [values, width] = [own(rows, field) ?? new Float32Array(), own(widths, field) ?? 1]
      to.set(values, s * batch * width)
      for (let i = count; i < batch; i++) to.set(values.subarray(0, width), (s * batch + i) * width)
    }
  }
  return all
}

/** A block of rows as data of their own. */
const checkOf =
  (plate: string, { stream: { fields } }: Opened, check: CheckRows) =>
  ({ from, size, values }: Block): void => {
    const rows = mapValues(fields, ({ event, support }, field) => ({
      ...{ event, size, support, scale: 1 },
      shape: [size, ...event] as const,
      values: own(values, field) ?? new Float32Array()
    }))
    check({ globals: {}, plates: { [plate]: rows }, sizes: { [plate]: size } }, from)
  }

/** A loop that is fed the rows of streamed plates, which stand in no table. */
export const fed = (loop: Loop, { streams = {} }: Pick<Prepared, "streams">): Loop => {
  const indices = new Set(Object.keys(streams).map(indicesInput))
  return {
    ...loop,
    rows: Object.fromEntries(Object.entries(loop.rows).filter(([, role]) => !indices.has(role.indices)))
  }
}
