import { Effect, Exit, Scope } from "effect"
import type { EngineUnavailable, UnsupportedKernel } from "../Errors.ts"
import { memory } from "../host.ts"
import type { Values } from "../trace/Graph.ts"
import type { Arrays, Bindings, Engine, Hint, Loop, Session } from "./Engine.ts"
import type { EngineChoice } from "./EngineChoice.ts"
import { areFinite } from "./leaves.ts"

type Service = Engine["Service"]
type Refused = EngineUnavailable | UnsupportedKernel
type Feeds = Readonly<Record<string, Values>>

/** When a trial is worth its time, and how much it takes: milliseconds. */
export interface Limits {
  /** what a fit must be expected to take on the first engine, and that for each node of its step: XLA compiles one in 3 ms of processor time */
  readonly long: number
  readonly node: number
  /** for how long each engine is timed; the first one longer, as ONNX Runtime tries its own settings meanwhile */
  readonly first: number
  readonly rival: number
  /** what a call that is timed should take, so that its own cost does not count */
  readonly call: number
}

const limits: Limits = { long: 20_000, node: 30, first: 1200, rival: 600, call: 100 }

/** Steps that the fit must have for each step of its first call: that call may have to be repeated. */
const share = 50

/** The rival must take less than this part of the first engine's time. */
const worthIt = 0.8

/** The part of the memory that a session may take, for it is held twice during a trial. */
const part = 1 / 8

interface Contender {
  readonly name: string
  readonly session: Session
  readonly close: Effect.Effect<void>
}

/**
 * A session on the first engine, or on another one that turns out to be faster. If the first call shows that the fit will take long, its steps are run again and again on both
 * engines, each time from the state at which the fit begins. What they compute is thrown away, and the faster engine runs the call: all numbers of the fit are those of one engine.
 */
export const withTrial = (
  first: Service,
  other: Effect.Effect<Service, EngineUnavailable>,
  [loop, bindings, { steps = 0, ...hint }]: readonly [loop: Loop, bindings: Bindings, hint: Hint],
  { long, node, ...times }: Limits = limits
): Effect.Effect<Session, Refused, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const open = (engine: Service): Effect.Effect<Contender, Refused> =>
      Effect.gen(function* () {
        const own = yield* Scope.fork(scope)
        const close = Scope.close(own, Exit.void)
        const compiling = Scope.provide(engine.compile(loop, bindings, { ...hint, steps }), own)
        const session = yield* Effect.onError(compiling, () => close)
        return { name: engine.name, session, close }
      })
    let current = yield* open(first)
    let chosen: EngineChoice | undefined
    let isDue = bytesOf(bindings) < part * memory()

    const enough = Math.max(long, node * loop.graph.nodes.length)
    const isLong = (pace: number): boolean => pace * steps > enough
    /** Leaves the state where the fit begins, in the session of the engine that shall run it. */
    const choose = (k: number, feeds: Feeds, expected: Arrays): Effect.Effect<void> =>
      Effect.gen(function* () {
        const { session } = current
        yield* session.undo
        const begin = { k, feeds, state: yield* session.state }
        const timed = (session: Session, lasting: number) =>
          Effect.andThen(paceOf(session, begin, lasting, times.call), (pace) =>
            Effect.as(session.restore(begin.state), pace)
          )
        // the very first call was slow for other reasons too
        if (!isLong(yield* timed(session, 0))) return
        const rival = yield* Effect.result(other)
        if (rival._tag === "Failure") return
        const pace = yield* timed(session, times.first)
        if (!isLong(pace)) return
        const told = (because: string): EngineChoice => ({ engine: current.name, because })
        const tried = yield* open(rival.success).pipe(
          Effect.flatMap((contender) =>
            Effect.gen(function* () {
              yield* contender.session.restore(begin.state)
              const unlike = differing(expected, yield* contender.session.run(k, feeds))
              const its = unlike === undefined ? yield* timed(contender.session, times.rival) : undefined
              return { contender, its, unlike }
            }).pipe(Effect.onError(() => contender.close))
          ),
          Effect.catchDefect((defect) => Effect.fail({ message: String(defect) })),
          Effect.result
        )
        if (tried._tag === "Failure") {
          chosen = told(`${rival.success.name} could not be tried: ${tried.failure.message}`)
          return
        }
        const { contender, its, unlike } = tried.success
        if (its === undefined) {
          yield* contender.close
          chosen = told(`${contender.name} does not agree with it on '${unlike}'`)
        } else if (its < worthIt * pace) {
          yield* current.close
          current = contender
          chosen = told(`a step takes ${inWords(its)}, and on ${first.name} ${inWords(pace)}`)
        } else {
          yield* contender.close
          chosen = told(
            `a step takes ${inWords(pace)}, and on ${contender.name}, which must save a fifth, ${inWords(its)}`
          )
        }
      })

    return {
      get chosen() {
        return chosen
      },
      get detail() {
        return current.session.detail
      },
      run: (k, feeds) =>
        Effect.gen(function* () {
          if (!isDue) return yield* current.session.run(k, feeds)
          isDue = false
          const began = performance.now()
          const emitted = yield* current.session.run(k, feeds)
          if (steps < share * k || !isLong((performance.now() - began) / k)) return emitted
          yield* choose(k, feeds, emitted)
          return yield* current.session.run(k, feeds)
        }),
      state: Effect.suspend(() => current.session.state),
      finite: (names) => Effect.suspend(() => current.session.finite(names)),
      undo: Effect.suspend(() => current.session.undo),
      restore: (state) => Effect.suspend(() => current.session.restore(state))
    }
  })

/** Where a fit begins: the feeds of its first call, of `k` steps, and its state. */
interface Begin {
  readonly k: number
  readonly feeds: Feeds
  readonly state: Arrays
}

/** The least milliseconds of a step, in calls that repeat the first one's steps until they take `call` milliseconds. One call is made at least. */
const paceOf = (session: Session, { k, feeds, state }: Begin, lasting: number, call: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    let [times, spent, pace] = [1, 0, Number.POSITIVE_INFINITY]
    do {
      yield* session.restore(state)
      const repeated = Object.fromEntries(Object.entries(feeds).map(([name, each]) => [name, repeat(each, times)]))
      const began = performance.now()
      yield* session.run(times * k, repeated)
      const took = performance.now() - began
      yield* Effect.yieldNow
      spent += took
      pace = Math.min(pace, took / (times * k))
      times = Math.max(1, Math.min(4 * times, Math.ceil((times * call) / Math.max(took, 1e-3))))
    } while (spent < lasting)
    return pace
  })

const repeat = (values: Values, times: number): Values => {
  if (times === 1) return values
  const all =
    values instanceof Float32Array
      ? new Float32Array(times * values.length)
      : values instanceof Int32Array
        ? new Int32Array(times * values.length)
        : new Uint8Array(times * values.length)
  for (let i = 0; i < times; i++) all.set(values, i * values.length)
  return all
}

/** The name of an output in which two engines differ by more than some steps of rounding, if there is one. */
const differing = (expected: Arrays, found: Arrays): string | undefined =>
  Object.entries(expected).find(([name, values]) => {
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
    // where the first engine's are not finite, the fit fails on either
    return (
      areFinite(values) && !values.every((value, i) => Math.abs(value - (found[name]?.[i] ?? Number.NaN)) < 1e-3 * size)
    )
  })?.[0]

const bytesOf = ({ state, fixed, tables }: Bindings): number =>
  [...Object.values(state), ...Object.values(fixed), ...Object.values(tables).map(({ values }) => values)].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0
  )

const inWords = (milliseconds: number): string => `${milliseconds.toPrecision(3)} ms`
