import { Effect, type Scope } from "effect"
import { type FitError, NonFiniteLoss } from "../../Errors.ts"
import { type Arrays, Engine, type Loop } from "../../engine/Engine.ts"
import type { Precision } from "../../engine/precision.ts"
import { fill } from "../../tensor/random.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Values } from "../../trace/Graph.ts"
import type { Parameter } from "../joint/Joint.ts"
import { baselineInput, own, paramInput, scalarInput, slotInput, termOutput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import type { Optimizer } from "../step/Optimizer.ts"
import { pack, packsOf, unpack } from "../step/packing.ts"
import { present, sized, trainingLoop } from "../step/trainingLoop.ts"
import { attempt } from "./attempt.ts"
import { type BatchPlan, batchPlan, feeder, isWhole, type Reading, rowsInStep, sizesOf } from "./batches.ts"
import { nextCount } from "./chunks.ts"
import { fixedOf, type Prepared, tablesOf, wholeOf } from "./prepared.ts"

/** A fit that is under way: a compiled step, its state inside the engine, and where it is. */
export interface Training {
  readonly engine: string
  readonly because: string
  /** how the engine runs at this moment: it may find a better way while training goes on */
  readonly detail: () => string
  readonly stepsPerEpoch: number
  /** Runs the next call of steps; it ends with the epoch that it is in, unless calls may cross epochs. */
  readonly advance: Effect.Effect<Advance, NonFiniteLoss>
  readonly parameters: Effect.Effect<Parameters>
}

/** The mean loss of an epoch so far, each row counted once, in nats. */
export interface EpochLoss {
  readonly epoch: number
  readonly loss: number
}

/** The settings of a fit that a training step reads. */
export interface TrainingSettings {
  readonly epochs: number
  readonly batchSize: number
  readonly optimizer: Optimizer
  readonly particles: number
  readonly clipNorm: number | undefined
  readonly seed: number
  readonly precision: Precision
}

/** What one call did. */
export interface Advance {
  /** the epochs that came to their end */
  readonly ended: ReadonlyArray<EpochLoss>
  /** the epoch that it stopped within, if any, with the steps done there */
  readonly within: (EpochLoss & { readonly step: number }) | undefined
  /** steps done since the fit began */
  readonly done: number
  readonly milliseconds: number
}

/**
 * Compiles a training step and makes it ready. The engine's resources are freed when the scope closes. `crossing` lets a call run on into the next
 * epochs, which a fit of few steps an epoch needs to be fast.
 */
export const startTraining = (
  derived: LossGraph,
  data: Prepared,
  settings: TrainingSettings,
  { per, crossing }: { readonly per: "datum" | "total"; readonly crossing: boolean }
): Effect.Effect<Training, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const engine = yield* Engine
    const readings = readingsOf(derived, data, settings.batchSize, per)
    const plan = batchPlan(settings.seed, readings)
    const sizes = sizesOf(readings, settings.particles)
    const parameterList = derived.parameters.map((parameter) => sized(parameter, sizes.rows))
    const loop = yield* attempt(() => trainingLoop(derived, sizes, settings.optimizer, settings.clipNorm))
    const whole = readings
      .filter(isWhole)
      .flatMap(({ plate, rows, weight }) => Object.entries(wholeOf(data, plate, weight(rows))))
    const fixed = { ...fixedOf(data), ...Object.fromEntries(whole) }
    const total = plan.steps * settings.epochs
    const initial = initialParameters(parameterList, settings.seed)
    const session = yield* engine.compile(
      { ...withFixed(loop, Object.keys(fixed)), precision: settings.precision },
      {
        state: initialState(parameterList, derived.baselines, initial, settings.optimizer),
        fixed,
        tables: tablesOf(data)
      },
      { steps: total }
    )
    const parameters = Effect.map(session.state, (state) => parametersOf(parameterList, state))
    const rowFeeds = feeder({ ...plan, readings: readings.filter((reading) => !isWhole(reading)) }, loop.graph)
    const feeds = (from: number, k: number): Record<string, Values> => ({
      ...rowFeeds(from, k),
      ...scalarFeeds(settings, total, from, k)
    })
    const meter = epochMeter(plan)
    let kept = initial
    let done = 0
    let count = 4

    const fail = (
      step: number,
      what: Pick<NonFiniteLoss, "site" | "term" | "value">
    ): Effect.Effect<never, NonFiniteLoss> =>
      Effect.gen(function* () {
        yield* session.undo
        const before = yield* parameters
        const epoch = Math.floor(step / plan.steps) + 1
        return yield* new NonFiniteLoss({
          ...what,
          step: step + 1,
          epoch,
          parameters: allFinite(before) ? before : kept
        })
      })
    const advance = Effect.gen(function* () {
      const left = crossing ? total - done : plan.steps - (done % plan.steps)
      const k = Math.min(count, left)
      const started = performance.now()
      const emitted = yield* session.run(k, feeds(done, k))
      const bad = firstNonFinite(derived, emitted)
      if (bad !== undefined) return yield* fail(done + bad.step, bad)
      const report = meter(emitted["value"] ?? new Float32Array(), done)
      if (report.ended.length > 0) {
        const now = yield* parameters
        if (!allFinite(now))
          return yield* fail(done + k - 1, { site: "(all)", term: "the gradient", value: Number.NaN })
        kept = now
      }
      const milliseconds = performance.now() - started
      count = nextCount(k, milliseconds, crossing ? total : plan.steps)
      done += k
      return { ...report, done, milliseconds }
    })
    return {
      engine: engine.name,
      because: engine.because,
      detail: () => session.detail,
      stepsPerEpoch: plan.steps,
      advance,
      parameters
    }
  })

/** A loop that is given some of its inputs once: they are read as they are, not by rows. */
const withFixed = (loop: Loop, names: ReadonlyArray<string>): Loop => {
  const inputs = present(loop.graph, new Set(names))
  return {
    ...loop,
    fixed: [...inputs],
    rows: Object.fromEntries(Object.entries(loop.rows).filter(([input]) => !inputs.has(input)))
  }
}

/** Adds up the losses of steps into those of epochs; each row counts once. */
const epochMeter = (plan: BatchPlan): ((losses: Float32Array, from: number) => Pick<Advance, "ended" | "within">) => {
  let [sum, rows] = [0, 0]
  return (losses, from) => {
    const ended: Array<EpochLoss> = []
    losses.forEach((loss, i) => {
      const size = rowsInStep(plan, from + i)
      sum += loss * size
      rows += size
      if ((from + i + 1) % plan.steps !== 0) return
      ended.push({ epoch: (from + i + 1) / plan.steps, loss: sum / rows })
      ;[sum, rows] = [0, 0]
    })
    const done = from + losses.length
    const step = done % plan.steps
    return { ended, within: step === 0 ? undefined : { epoch: Math.ceil(done / plan.steps), step, loss: sum / rows } }
  }
}

/** A sum over a plate stands for all its rows: each of B drawn ones weighs N/B, or 1/B when the loss is per datum. */
export const readingsOf = (
  derived: LossGraph,
  data: Prepared,
  batchSize: number,
  per: "datum" | "total"
): ReadonlyArray<Reading> =>
  derived.plates.map(({ label, size }) => {
    const rows = own(data.sizes, label) ?? 1
    return {
      plate: label,
      rows,
      batch: size === undefined ? Math.min(batchSize, rows) : rows,
      shuffle: true,
      weight: (count) => (per === "datum" ? 1 : rows) / count
    }
  })

const scalarFeeds = (settings: TrainingSettings, total: number, from: number, k: number): Record<string, Values> => {
  const steps = Array.from({ length: k }, (_, i) => settings.optimizer.scalars(from + i, total))
  const names = Object.keys(steps[0] ?? {})
  return Object.fromEntries(
    names.map((name) => [scalarInput(name), Float32Array.from(steps, (scalars) => scalars[name] ?? 0)])
  )
}

const initialState = (
  list: ReadonlyArray<Parameter>,
  baselines: ReadonlyArray<string>,
  parameters: Parameters,
  { slots }: Optimizer
): Arrays => ({
  ...Object.fromEntries(
    packsOf(list).flatMap((each) => [
      [paramInput(each.name), pack(each, parameters)] as const,
      ...slots.map((slot) => [slotInput(slot, each.name), new Float32Array(sizeOf(each.shape))] as const)
    ])
  ),
  ...Object.fromEntries(baselines.map((site) => [baselineInput(site), new Float32Array(1)]))
})

const parametersOf = (list: ReadonlyArray<Parameter>, state: Arrays): Parameters =>
  Object.fromEntries(
    packsOf(list).flatMap((each) => Object.entries(unpack(each, state[paramInput(each.name)] ?? new Float32Array())))
  )

export const initialParameters = (parameters: ReadonlyArray<Parameter>, seed: number): Parameters =>
  Object.fromEntries(parameters.map((parameter) => [parameter.name, initialValue(parameter, seed)]))

const initialValue = ({ name, shape, init }: Parameter, seed: number): Float32Array => {
  const values = new Float32Array(sizeOf(shape))
  if (init.kind === "constant") return values.fill(init.value)
  fill("uniform", values, { seed, owner: "library", site: `init:${name}`, step: 0, lane: 0 })
  for (let i = 0; i < values.length; i++) values[i] = init.bound * (2 * (values[i] ?? 0) - 1)
  return values
}

const allFinite = (parameters: Parameters): boolean =>
  Object.values(parameters).every((values) => values.every(Number.isFinite))

/** The first step of a call whose loss is not finite, and the term that made it so. */
const firstNonFinite = (
  derived: LossGraph,
  emitted: Arrays
): (Pick<NonFiniteLoss, "site" | "term" | "value"> & { readonly step: number }) | undefined => {
  const losses = emitted["value"] ?? new Float32Array()
  const step = losses.findIndex((loss) => !Number.isFinite(loss))
  if (step < 0) return undefined
  const term = derived.terms.find(({ site }) => !Number.isFinite(emitted[termOutput(site)]?.[step]))
  return {
    step,
    site: term?.site ?? "(all)",
    term: term?.name ?? "the sum of all terms",
    value: losses[step] ?? Number.NaN
  }
}
