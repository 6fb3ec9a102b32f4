import { Effect, type Scope } from "effect"
import { type FitError, NonFiniteLoss } from "../Errors.ts"
import { type Arrays, Engine, type Session } from "../engine/Engine.ts"
import { fill } from "../tensor/random.ts"
import { sizeOf } from "../tensor/Tensor.ts"
import type { Values } from "../trace/Graph.ts"
import { batchPlan, feeder, type Reading, rowsInStep } from "./batches.ts"
import { nextCount } from "./chunks.ts"
import { fixedOf, type Prepared, tablesOf } from "./data.ts"
import type { Derived } from "./derive.ts"
import type { Parameters } from "./evaluate.ts"
import type { Settings } from "./options.ts"
import { recording } from "./recording.ts"
import { scalarInput, slotInput, trainingLoop } from "./stepGraph.ts"
import { inputName, type Parameter, paramInput } from "./world.ts"

/** A fit that is under way: a compiled step, its state inside the engine, and where it is. */
export interface Training {
  readonly engine: string
  readonly because: string
  readonly detail: string
  readonly stepsPerEpoch: number
  /** Runs the next call of steps, at most to the end of the epoch that it is in. */
  readonly advance: Effect.Effect<Advance, NonFiniteLoss>
  readonly parameters: Effect.Effect<Parameters>
}

/** What one call did. */
export interface Advance {
  readonly epoch: number
  /** steps done in this epoch */
  readonly step: number
  /** mean loss of this epoch so far, each row counted once, in nats */
  readonly loss: number
  readonly endOfEpoch: boolean
  readonly milliseconds: number
}

/** Compiles a training step and makes it ready. The engine's resources are freed when the scope closes. */
export const startTraining = (
  derived: Derived,
  data: Prepared,
  settings: Settings,
  per: "datum" | "total"
): Effect.Effect<Training, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const engine = yield* Engine
    const readings = readingsOf(derived, data, settings.batchSize, per)
    const plan = batchPlan(settings.seed, readings)
    const sizes = {
      plates: Object.fromEntries(readings.map(({ plate, batch }) => [plate, batch])),
      particles: settings.particles
    }
    const loop = yield* recording(() => trainingLoop(derived, sizes, settings.optimizer, settings.clipNorm))
    const globals = fixedOf(data)
    const total = plan.steps * settings.epochs
    const session = yield* engine.compile(
      { ...loop, fixed: Object.keys(globals).filter((name) => name.startsWith(inputName(""))) },
      { state: initialState(derived, settings), fixed: globals, tables: tablesOf(data) },
      { steps: total }
    )
    const rowFeeds = feeder(plan, loop.graph)
    const feeds = (from: number, k: number): Record<string, Values> => ({
      ...rowFeeds(from, k),
      ...scalarFeeds(settings, total, from, k)
    })

    let done = 0
    let count = 4
    let sum = 0
    let rows = 0
    const advance = Effect.gen(function* () {
      const inEpoch = done % plan.steps
      if (inEpoch === 0) [sum, rows] = [0, 0]
      const k = Math.min(count, plan.steps - inEpoch)
      const started = performance.now()
      const emitted = yield* session.run(k, feeds(done, k))
      yield* refuseNonFinite(derived, session, emitted, done, plan.steps)
      const milliseconds = performance.now() - started
      emitted["value"]?.forEach((loss, i) => {
        const size = rowsInStep(plan, done + i)
        sum += loss * size
        rows += size
      })
      count = nextCount(k, milliseconds, plan.steps)
      done += k
      return {
        epoch: Math.ceil(done / plan.steps),
        step: inEpoch + k,
        loss: sum / rows,
        endOfEpoch: done % plan.steps === 0,
        milliseconds
      }
    })
    return {
      engine: engine.name,
      because: engine.because,
      detail: session.detail,
      stepsPerEpoch: plan.steps,
      advance,
      parameters: Effect.map(session.state, (state) => parametersOf(derived, state))
    }
  })

/** A sum over a plate stands for all its rows: each of B drawn ones weighs N/B, or 1/B when the loss is per datum. */
const readingsOf = (
  derived: Derived,
  data: Prepared,
  batchSize: number,
  per: "datum" | "total"
): ReadonlyArray<Reading> =>
  derived.plates.map(({ name }) => {
    const rows = data.sizes[name] ?? 1
    return {
      plate: name,
      rows,
      batch: Math.min(batchSize, rows),
      shuffle: true,
      weight: (count) => (per === "datum" ? 1 : rows) / count
    }
  })

const scalarFeeds = (settings: Settings, total: number, from: number, k: number): Record<string, Values> => {
  const steps = Array.from({ length: k }, (_, i) => settings.optimizer.scalars(from + i, total))
  const names = Object.keys(steps[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [scalarInput(name), Float32Array.from(steps, (scalars) => scalars[name] ?? 0)])
  )
}

const initialState = (derived: Derived, settings: Settings): Arrays => ({
  ...Object.fromEntries(
    derived.parameters.flatMap((parameter) => [
      [paramInput(parameter.name), initialValue(parameter, settings.seed)] as const,
      ...settings.optimizer.slots.map(
        (slot) => [slotInput(slot, parameter.name), new Float32Array(sizeOf(parameter.shape))] as const
      )
    ])
  ),
  ...Object.fromEntries(derived.baselines.map((site) => [`baseline:${site}`, new Float32Array(1)]))
})

export const initialValue = ({ name, shape, init }: Parameter, seed: number): Float32Array => {
  const values = new Float32Array(sizeOf(shape))
  if (init.kind === "constant") return values.fill(init.value)
  fill("uniform", values, { seed, site: `init:${name}`, step: 0, lane: 0 })
  for (let i = 0; i < values.length; i++) values[i] = init.bound * (2 * (values[i] ?? 0) - 1)
  return values
}

const parametersOf = (derived: Derived, state: Arrays): Parameters =>
  Object.fromEntries(derived.parameters.map(({ name }) => [name, state[paramInput(name)] ?? new Float32Array()]))

/** Stops at the first step whose loss is not finite, names the term, and puts the state from before the call back. */
const refuseNonFinite = (
  derived: Derived,
  session: Session,
  emitted: Arrays,
  from: number,
  perEpoch: number
): Effect.Effect<void, NonFiniteLoss> => {
  const losses = emitted["value"] ?? new Float32Array()
  const bad = losses.findIndex((loss) => !Number.isFinite(loss))
  if (bad < 0) return Effect.void
  const term = derived.terms.find(({ site }) => !Number.isFinite(emitted[`term:${site}`]?.[bad])) ?? {
    site: "(sum)",
    name: "the sum of all terms"
  }
  const error = new NonFiniteLoss({
    step: from + bad + 1,
    epoch: Math.floor((from + bad) / perEpoch) + 1,
    site: term.site,
    term: term.name,
    value: losses[bad] ?? Number.NaN
  })
  return Effect.andThen(session.undo, Effect.fail(error))
}
