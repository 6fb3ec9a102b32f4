import { Effect, type Scope } from "effect"
import { type EngineUnavailable, type FitError, InvalidOption, NonFiniteLoss } from "../../Errors.ts"
import { type Arrays, Engine, type Hint, type Loop } from "../../engine/Engine.ts"
import type { EngineChoice } from "../../engine/EngineChoice.ts"
import type { Precision } from "../../engine/precision.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own, termOutput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import type { Optimizer } from "../step/Optimizer.ts"
import { present, sized, trainingLoop } from "../step/trainingLoop.ts"
import { attempt, attemptInTurns } from "./attempt.ts"
import { batchPlan, feeder, isWhole, type Reading, sizesOf } from "./batches.ts"
import { nextCount } from "./chunks.ts"
import { compiled } from "./compiled.ts"
import { failing, firstNonFinite } from "./failing.ts"
import { initialParameters, initialState, packed, parametersOf } from "./initial.ts"
import { epochMeter, type Metered, type Sums } from "./meter.ts"
import { fixedOf, type Prepared, tablesOf, wholeOf } from "./prepared.ts"
import { type CheckRows, fed, rowFeeds } from "./rowFeeds.ts"
import { rowOrders } from "./rowOrder.ts"
import { brokenScalar, checkSchedule, scalarFeeds, scheduled } from "./schedule.ts"
import { inSpan } from "./spans.ts"

/** A fit that is under way: a compiled step, its state inside the engine, and where it is. */
export interface Training {
  /** the engine on which it runs, and why on this one: one that stands for several may take another one in the first call */
  readonly engine: () => EngineChoice
  /** how the engine runs at this moment: it may find a better way while training goes on */
  readonly detail: () => string
  readonly stepsPerEpoch: number
  /** what it trains, and how many numbers that is */
  readonly trained: ReadonlyArray<Parameter>
  readonly size: number
  /** the rows of the largest plate that a step reads, on average over an epoch; 1 without plates */
  readonly rowsPerStep: number
  /** Runs the next call of steps, which ends at the latest where a look at the fit is due. Its parameters are finite, or it fails. */
  readonly advance: Effect.Effect<Advance, FitError>
  /** the parameters as they are after the last call */
  readonly parameters: Effect.Effect<Parameters, EngineUnavailable>
  readonly position: Effect.Effect<Position, EngineUnavailable>
}

/** Where a fit stands between two calls of the engine: all that it takes to go on with the same numbers. */
export interface Position {
  /** steps done since the fit began */
  readonly step: number
  /** parameters, what the optimizer carries for each, and running baselines, as the step carries them */
  readonly carried: Arrays
  /** the losses of the epoch that it is in */
  readonly sums: Sums
  /** the engine that has run its steps; undefined before the first one */
  readonly engine?: string
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
export interface Advance extends Metered {
  /** steps done since the fit began */
  readonly done: number
  readonly milliseconds: number
}

/** How a fit is trained beside its settings. */
export interface Manner {
  readonly per: "datum" | "total"
  /** a call ends after every so many epochs, where the fit is looked at; it runs on into the next epoch before, which a fit of few steps an epoch needs to be fast */
  readonly together: number | ((stepsPerEpoch: number) => number)
  /** looks at the rows of a stream as they come */
  readonly check?: CheckRows
  /** the parameters at which it begins, or the position from which it goes on; otherwise it begins where the program says */
  readonly from?: Parameters | Position
  /** whether the epochs are those that it will take, so that a faster engine may be looked for */
  readonly takesAll?: boolean
}

/** Compiles a training step and makes it ready. The engine's resources are freed when the scope closes. */
export const startTraining = (
  derived: LossGraph,
  data: Prepared,
  settings: TrainingSettings,
  { per, together, from = {}, check = () => {}, takesAll = false }: Manner
): Effect.Effect<Training, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const engine = yield* Engine
    const { optimizer, particles, seed } = settings
    const readings = readingsOf(derived, data, settings.batchSize, per)
    const plan = batchPlan(seed, readings)
    const sizes = sizesOf(readings, particles)
    const list = derived.parameters.map((parameter) => sized(parameter, sizes.rows))
    const total = plan.steps * settings.epochs
    const varying = scheduled(optimizer, derived, settings.epochs)
    yield* attempt(() => {
      mustBeCountable(settings.epochs, total)
      checkSchedule(varying, total)
    })
    const loop = yield* attempt(() => trainingLoop(derived, sizes, optimizer, settings.clipNorm))
    const whole = readings
      .filter(isWhole)
      .flatMap(({ plate, rows, weight }) => Object.entries(wholeOf(data, plate, weight(rows))))
    const fixed = { ...fixedOf(data), ...Object.fromEntries(whole) }
    const stretch = plan.steps * (typeof together === "number" ? together : together(plan.steps))
    const resumed = isPosition(from) ? from : undefined
    const begun = { ...initialParameters(list, seed), ...(isPosition(from) ? {} : from) }
    const first =
      resumed?.carried ?? initialState({ list, slots: optimizer.slots, baselines: derived.baselines }, begun)
    const session = yield* compiled(
      { ...fed(withFixed(loop, Object.keys(fixed)), data), precision: settings.precision },
      { state: first, fixed, tables: tablesOf(data) },
      { steps: total, ...engineFor(resumed, takesAll) }
    )
    const ran = (): EngineChoice => session.chosen() ?? { engine: engine.name, because: engine.because }
    const begin = resumed?.step ?? 0
    const streams = yield* rowFeeds(data, readings, { seed, begin, check })
    const parts = { ...plan, readings: readings.filter((reading) => !isWhole(reading)) }
    const orders = rowOrders(seed, parts.readings)
    const known = feeder(parts, loop.graph, orders)
    const meter = epochMeter(plan, resumed?.sums)
    /** −ELBO at each step, where the loss is another number */
    const boundOf = (terms: Arrays): Float32Array | undefined => {
      const [first, ...others] = derived.reweighs ? Object.values(terms) : []
      return first?.map((value, i) => others.reduce((sum, term) => sum + (term[i] ?? 0), value))
    }
    const termsOf = (emitted: Arrays): Arrays =>
      Object.fromEntries(derived.terms.map(({ site }) => [site, emitted[termOutput(site)] ?? new Float32Array()]))
    const parameters = Effect.map(session.state, (state) => parametersOf(list, state))
    const carriedParameters = Object.keys(packed(list, {}))
    const size = list.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    // the last parameters that are known to have a finite loss, and those that wait for it
    let [kept, waiting]: [Parameters, Parameters | undefined] = [parametersOf(list, first), undefined]
    let calls = 0
    let done = begin
    let count = 4

    const advance = Effect.gen(function* () {
      const left = Math.min(total - done, stretch - (done % stretch))
      const k = Math.min(count, left, streams.most)
      const started = performance.now()
      const scalar = brokenScalar(yield* attempt(() => scalarFeeds(varying, total, done, k)), done)
      if (scalar !== undefined) {
        const { step, name, value } = scalar
        return yield* new NonFiniteLoss({
          ...{
            step: step + 1,
            epoch: Math.floor(step / plan.steps) + 1,
            of: "schedule",
            site: "(all)",
            parameters: yield* parameters
          },
          ...{ term: `the number '${name}' of ${optimizer.name}`, value }
        })
      }
      for (const order of orders) yield* attemptInTurns(() => order.ahead(done, k))
      const rows = yield* streams.read(done, k)
      const feeds = (from: number, k: number) => ({
        ...known(from, k),
        ...rows(from, k),
        ...scalarFeeds(varying, total, from, k)
      })
      const emitted = yield* session.run(k, feeds(done, k)).pipe(inSpan("latent.call", { from: done, steps: k }))
      const bad = firstNonFinite(derived, emitted)
      if (bad !== undefined || !(yield* session.finite(carriedParameters))) {
        const call = {
          ...{ session, feeds, rows, list, loss: derived, data, plan, particles, optimizer, kept },
          scalars: (step: number) => scalarFeeds(varying, total, step, 1),
          from: done,
          k
        }
        return yield* Effect.provideService(failing(call, bad), Engine, engine)
      }
      kept = waiting ?? kept
      waiting = calls++ % (size < small ? 1 : seldom) === 0 ? yield* parameters : undefined
      const terms = termsOf(emitted)
      const report = meter.add({ losses: emitted["value"] ?? new Float32Array(), terms, bounds: boundOf(terms) }, done)
      const milliseconds = performance.now() - started
      count = nextCount(k, milliseconds, stretch)
      done += k
      return { ...report, done, milliseconds }
    })
    return {
      engine: ran,
      detail: session.detail,
      stepsPerEpoch: plan.steps,
      trained: list,
      size,
      rowsPerStep: Math.max(1, ...readings.map(({ rows }) => rows)) / plan.steps,
      advance,
      parameters,
      position: Effect.map(session.state, (carried) => ({
        ...{ step: done, carried, sums: meter.sums() },
        ...(done > 0 && { engine: ran().engine })
      }))
    }
  })

/** A fit that has run some steps goes on where it ran them. */
const engineFor = (resumed: Position | undefined, takesAll: boolean): Pick<Hint, "engine"> => {
  if (resumed?.engine !== undefined) return { engine: { name: resumed.engine } }
  return takesAll ? { engine: "fastest" } : {}
}

/** Steps are counted in 32 bits, by the random numbers that they draw. */
const mustBeCountable = (epochs: number, total: number): void => {
  if (total < 2 ** 32) return
  const expected = `fewer: that would be ${total} steps, and there are numbers for ${2 ** 32}`
  throw new InvalidOption({ option: "epochs", value: String(epochs), expected })
}

/** Fewer numbers are read after each call, more of them after some calls: to read a large model costs as much as a step. */
const small = 50_000
const seldom = 16

const isPosition = (from: Parameters | Position): from is Position => typeof from["step"] === "number"

/** A loop that is given some of its inputs once: they are read as they are, not by rows. */
const withFixed = (loop: Loop, names: ReadonlyArray<string>): Loop => {
  const inputs = present(loop.graph, new Set(names))
  return {
    ...loop,
    fixed: [...inputs],
    rows: Object.fromEntries(Object.entries(loop.rows).filter(([input]) => !inputs.has(input)))
  }
}

/**
 * A sum over a plate stands for all its rows: each of B drawn ones weighs N/B, or 1/B when the loss is per datum. Rows of a stream are no random batch, and the same ones may come in
 * a partial batch in each pass. So each weighs the number of steps in a pass: the mean over a pass counts each row once, in whatever order they come.
 */
export const readingsOf = (
  derived: LossGraph,
  data: Prepared,
  batchSize: number,
  per: "datum" | "total"
): ReadonlyArray<Reading> =>
  derived.plates.map(({ label, size }) => {
    const rows = own(data.sizes, label) ?? 1
    const streamed = own(data.streams ?? {}, label) !== undefined
    const batch = size === undefined ? Math.min(batchSize, rows) : rows
    const steps = Math.ceil(rows / batch)
    const total = per === "datum" ? 1 : rows
    return {
      plate: label,
      rows,
      batch,
      streamed,
      shuffle: !streamed,
      weight: (count) => (streamed ? (total / rows) * steps : total / count)
    }
  })
