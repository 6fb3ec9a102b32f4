import * as tf from "@tensorflow/tfjs"
import { Effect, Layer } from "effect"
import type { EngineUnavailable, FitError } from "../../src/Errors.ts"
import { type Arrays, type Bindings, Engine, type Session } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import type { Optimizer } from "../../src/infer/step/Optimizer.ts"
import type { Values } from "../../src/trace/Graph.ts"

export type Source = Layer.Layer<Engine, EngineUnavailable>

export const cpu: Source = layers.eagerOn("cpu")
export const onnx: Source = layers.onnx

/** The engines that every law is held on. */
export const engines: ReadonlyArray<readonly [string, Source]> = [
  ["eager on cpu", cpu],
  ["onnx", onnx]
]

/** One call of a session, with the state that it left. */
export interface Call {
  readonly k: number
  readonly feeds: Readonly<Record<string, Values>>
  readonly emitted: Arrays
  readonly after: Arrays
}

/** What was seen of one session: how it began, its calls, and whether it is still open. */
export interface Seen {
  readonly bindings: Bindings
  readonly calls: Array<Call>
  /** the state at the end of the session's life */
  last: Arrays
  open: boolean
}

/** An engine that does what another one does and keeps a record of it. */
export const watched = (source: Source): { readonly engine: Source; readonly sessions: Array<Seen> } => {
  const sessions: Array<Seen> = []
  const watch = (session: Session, bindings: Bindings): Effect.Effect<Session, never, never> => {
    const seen: Seen = { bindings, calls: [], last: bindings.state, open: true }
    sessions.push(seen)
    return Effect.succeed({
      ...session,
      run: (k, feeds) =>
        Effect.gen(function* () {
          const emitted = yield* session.run(k, feeds)
          seen.last = yield* session.state
          seen.calls.push({ k, feeds, emitted, after: seen.last })
          return emitted
        }),
      restore: (state) =>
        Effect.andThen(
          session.restore(state),
          Effect.map(session.state, (now) => void (seen.last = now))
        ),
      undo: Effect.andThen(
        session.undo,
        Effect.map(session.state, (now) => void (seen.last = now))
      )
    })
  }
  const engine = Layer.effect(
    Engine,
    Effect.map(Engine, (inner) => ({
      ...inner,
      compile: (loop, bindings, hint) =>
        Effect.gen(function* () {
          const session = yield* inner.compile(loop, bindings, hint)
          const index = sessions.length
          const wrapped = yield* watch(session, bindings)
          yield* Effect.addFinalizer(() =>
            Effect.sync(() => {
              const seen = sessions[index]
              if (seen !== undefined) seen.open = false
            })
          )
          return wrapped
        })
    }))
  ).pipe(Layer.provide(source))
  return { engine, sessions }
}

export const run = <A>(effect: Effect.Effect<A, FitError, Engine>, source: Source = onnx): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, source))

/** The typed error with which an effect fails; a defect or a success is a failure of the test. */
export const failure = (effect: Effect.Effect<unknown, FitError, Engine>, source: Source = cpu): Promise<FitError> =>
  Effect.runPromise(Effect.flip(Effect.provide(effect, source)) as Effect.Effect<FitError, unknown>)

/** Leaves the parameters where they are and carries the last gradient. */
export const gradientReader: Optimizer = {
  name: "gradient reader",
  slots: ["gradient"],
  scalars: () => ({}),
  update: (parameter, gradient) => ({ parameter, slots: [gradient] })
}

/** Leaves the parameters where they are and sums the gradients and their squares over all steps. */
export const gradientMoments: Optimizer = {
  name: "gradient moments",
  slots: ["sum", "squares"],
  scalars: () => ({}),
  update: (parameter, gradient, [sum = gradient, squares = gradient]) => ({
    parameter,
    slots: [tf.add(sum, gradient), tf.add(squares, tf.square(gradient))]
  })
}

/** The part of a record whose names begin with a prefix, without it; parameters that are packed together are taken apart. */
export const under = (prefix: string, arrays: Arrays): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(arrays).flatMap(([name, values]) =>
      name.startsWith(prefix) ? unpacked(name.slice(prefix.length), values) : []
    )
  )

/** `packed(a[2], b[])` of three numbers: a is the first two, b the third. */
const unpacked = (name: string, values: Float32Array): ReadonlyArray<readonly [string, Float32Array]> => {
  const members = name.match(/^packed\((.*)\)$/)?.[1]
  if (members === undefined) return [[name, values]]
  let offset = 0
  return [...members.matchAll(/([^[]*)\[([\d,]*)\](?:, )?/g)].map(([, member = "", shape = ""]) => {
    const size = shape.split(",").reduce((product, n) => product * Number(n === "" ? 1 : n), 1)
    offset += size
    return [member, values.slice(offset - size, offset)]
  })
}

/** The largest difference between two arrays, relative to the largest number of the second. */
export const relativeDistance = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number => {
  if (a === undefined || b === undefined || a.length !== b.length) return Number.POSITIVE_INFINITY
  const scale = Math.max(...Array.from(b, Math.abs), 1e-12)
  const gaps = Array.from(a, (x, i) => Math.abs(x - (b[i] ?? Number.NaN)))
  return gaps.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(0, ...gaps) / scale
}

/** Numbers in [0, 1) by a small generator of their own (mulberry32), for data that must be the same in every run. */
export const generator = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Standard normal numbers from such a generator (Box and Muller). */
export const normals = (seed: number, n: number): Float32Array => {
  const next = generator(seed)
  return Float32Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()))
}

/** Runs `f` and says how many tensors it left behind. */
export const leaked = async (f: () => Promise<unknown>): Promise<number> => {
  const before = tf.memory().numTensors
  await f()
  return tf.memory().numTensors - before
}
