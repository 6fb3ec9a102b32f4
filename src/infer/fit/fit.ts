import { Effect, Stream } from "effect"
import { type FitError, GuideMismatch, InvalidOption, type NonFiniteLoss } from "../../Errors.ts"
import { Engine } from "../../engine/Engine.ts"
import type { Guided } from "../../model/Guided.ts"
import { own } from "../joint/names.ts"
import type { DataShapes, Parameters } from "../joint/recordedWorld.ts"
import type { Plan } from "../plan/Plan.ts"
import { attempt } from "../run/attempt.ts"
import { type Evaluation, evaluator } from "../run/evaluator.ts"
import { type Prepared, type ProgramData, prepare, shapesOf } from "../run/prepared.ts"
import { startTraining, type Training } from "../run/Training.ts"
import { checkData, mustHaveItsRows } from "./checkData.ts"
import { type Derived, derive, deriveValue } from "./derive.ts"
import { knownBefore } from "./known.ts"
import { type Monitor, monitor } from "./monitor.ts"
import { type FitOptions, type Settings, settingsOf } from "./options.ts"
import { failedInOwnSpace } from "./ownSpace.ts"
import { perRowOf, type Rows, rowsOf } from "./perRow.ts"
import { type EpochReport, type Progress, report } from "./progress.ts"
import type { Warning } from "./warnings.ts"

/** What is fitted: a model with its guide, and whether the loss is read per datum or for all the data. */
export interface Problem {
  readonly guided: Guided
  readonly per: "datum" | "total"
  /** the shapes that the program itself asks of its data, where it says them; otherwise the data say them */
  readonly shapes?: () => DataShapes
}

/** All that a fit leaves behind: plain data, from which everything else can be had on any engine. */
export interface Learned {
  readonly problem: Problem
  readonly plan: Plan
  readonly shapes: DataShapes
  readonly derived: Derived
  readonly parameters: Parameters
  readonly history: ReadonlyArray<EpochReport>
  /** the number of rows of each plate that it was fitted to */
  readonly sizes: Readonly<Record<string, number>>
  readonly seed: number
  /** whether the fit was told to stop before its last epoch */
  readonly stopped: boolean
}

export interface FitInput {
  readonly data: ProgramData
  readonly validation: ProgramData | undefined
}

/**
 * Fits a problem, step by step: the stream says how it goes and ends with what was learned. Everything that can be wrong with the input is found before the
 * first step. Interrupting the stream ends it within one call of the engine and frees what it held.
 */
export const fitStream = <F>(
  problem: Problem,
  inputOf: () => FitInput,
  options: FitOptions,
  finish: (learned: Learned) => F
): Stream.Stream<Progress<F>, FitError, Engine> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const settings = yield* attempt(() => settingsOf(options))
      const input = yield* attempt(inputOf)
      if (settings.precision === "bfloat16") yield* (yield* Engine).bfloat16
      const data = yield* attempt(() => prepare(input.data))
      const validation = yield* attempt(() => (input.validation === undefined ? undefined : prepare(input.validation)))
      const shapes = yield* attempt(() => problem.shapes?.() ?? shapesOf(data))
      const derived = yield* attempt(() => deriveFor(problem, shapes, settings))
      yield* attempt(() => checkData(derived, data))
      yield* attempt(() => mustReadWhole(derived, data, settings))
      yield* attempt(() => {
        if (validation === undefined) return
        checkData(derived, validation)
        mustHaveItsRows({ derived, sizes: data.sizes }, validation)
      })

      const started = yield* startTraining(derived.loss, data, settings, {
        per: problem.per,
        crossing: validation === undefined
      })
      const inOwn = (error: NonFiniteLoss): NonFiniteLoss => failedInOwnSpace(derived.joint.parameters, error)
      const training = { ...started, advance: Effect.mapError(started.advance, inOwn) }
      const test =
        validation === undefined
          ? undefined
          : yield* evaluator(derived.loss, validation, {
              batchSize: 500,
              particles: settings.objective.needs === "logWeight" ? settings.particles : 1,
              seed: settings.seed + 1,
              per: problem.per
            })
      const learn = (parameters: Parameters, history: ReadonlyArray<EpochReport>): Learned => ({
        problem,
        plan: derived.decisions.plan,
        shapes,
        derived,
        parameters,
        history,
        sizes: data.sizes,
        seed: settings.seed,
        stopped: history.length < settings.epochs
      })
      const watch = yield* monitor({
        ...{ guided: problem.guided, shapes, derived, data, epochs: settings.epochs, seed: settings.seed },
        initial: yield* training.parameters
      })
      const known = knownBefore(derived, data)
      const rows = problem.per === "total" ? rowsOf(derived, data, validation) : undefined
      return events(
        { training, settings, plan: derived.decisions.plan, test, watch, known, rows },
        (parameters, history) => finish(learn(parameters, history))
      )
    })
  ).pipe(Stream.scoped)

/** Derives a problem on data of given shapes, with a fit's settings. */
export const deriveFor = (
  problem: Problem,
  shapes: DataShapes,
  { particles, estimators, objective }: Pick<Settings, "particles" | "estimators" | "objective">
): Derived => derive(problem.guided, shapes, { particles, estimators, objective, per: problem.per })

/**
 * Derives a problem whose parameters are read from a file. A fit may have asked for estimators without which its plan is refused: a fitted value needs none.
 */
export const deriveLoaded = (problem: Problem, shapes: DataShapes): Derived => {
  const settings = settingsOf({})
  try {
    return deriveFor(problem, shapes, settings)
  } catch (error) {
    if (!(error instanceof GuideMismatch)) throw error
    return deriveValue(problem.guided, shapes, { ...settings, per: problem.per })
  }
}

/** A loss that is no sum over the rows of a plate needs all of them in each step. */
export const mustReadWhole = (
  { loss, decisions }: Derived,
  { sizes }: Prepared,
  { batchSize }: Pick<Settings, "batchSize">
): void => {
  const sequences = new Set(loss.plates.flatMap(({ label, size }) => (size === undefined ? [] : [label])))
  const plate = [...loss.whole].find((name) => !sequences.has(name) && (own(sizes, name) ?? 1) > batchSize)
  if (plate === undefined) return
  throw new InvalidOption({
    option: "batchSize",
    value: String(batchSize),
    expected: `at least ${own(sizes, plate)}, all rows of '${plate}': ${decisions.objective.needs === "logWeight" ? `${decisions.objective.name} with latent sites outside of that plate` : "a site outside of that plate is summed out, and the logarithm of such a sum"} is no sum over its rows`
  })
}

const asEvent = (warning: Warning): Progress<never> => ({ _tag: "Warning", warning })

type Phase = "start" | "running" | "end" | "over"

/** A fit that is ready to run. */
interface Ready {
  readonly training: Training
  readonly settings: Settings
  readonly plan: Plan
  readonly test: ((parameters: Parameters) => Effect.Effect<Evaluation>) | undefined
  readonly watch: Monitor
  /** for losses that are totals over rows */
  readonly rows: Rows | undefined
  /** what is amiss before the first step */
  readonly known: ReadonlyArray<Warning>
}

const events = <F>(
  { training, settings, plan, test, watch, known, rows }: Ready,
  finish: (parameters: Parameters, history: ReadonlyArray<EpochReport>) => F
): Stream.Stream<Progress<F>, FitError> => {
  type Events = ReadonlyArray<Progress<F>>
  const { engine, because, detail, stepsPerEpoch: steps } = training
  const { epochs } = settings
  const history: Array<EpochReport> = []
  const started = performance.now()
  let lastEnd = started

  const running: Effect.Effect<readonly [Events, Phase], FitError> = Effect.gen(function* () {
    const { ended, within, done } = yield* training.advance
    yield* Effect.yieldNow
    const tested = test === undefined || ended.length === 0 ? undefined : yield* test(yield* training.parameters)
    const now = performance.now()
    const seconds = (now - lastEnd) / 1000 / Math.max(1, ended.length)
    const reports = ended.map(
      ({ epoch, loss }): EpochReport => ({
        epoch,
        train: loss,
        ...(tested === undefined ? {} : { test: tested.value }),
        ...perRowOf(rows, loss, tested),
        seconds
      })
    )
    history.push(...reports)
    const warnings = yield* watch.after(ended, training.parameters)
    if (ended.length > 0) lastEnd = performance.now()
    const secondsLeft = ((now - started) / 1000 / done) * (epochs * steps - done)
    const eachRow = rows === undefined || within === undefined ? {} : { perRow: within.loss / rows.rows }
    const over = settings.signal?.aborted === true || done >= epochs * steps
    return [
      [
        ...reports.map((report) => ({ _tag: "Epoch", epochs, ...report }) as const),
        ...warnings.map(asEvent),
        ...(within === undefined ? [] : [{ _tag: "Step", epochs, steps, secondsLeft, ...within, ...eachRow } as const])
      ],
      over ? "end" : "running"
    ]
  })
  const phases: Readonly<Record<Phase, Effect.Effect<readonly [Events, Phase] | undefined, FitError>>> = {
    start: Effect.sync(() => [
      [{ _tag: "Started", plan, engine, because, detail: detail(), epochs, steps }, ...known.map(asEvent)],
      "running"
    ]),
    running,
    end: Effect.map(training.parameters, (parameters) => [
      [{ _tag: "Done", fitted: finish(parameters, history), engine, detail: detail() }],
      "over"
    ]),
    over: Effect.succeed(undefined)
  }
  return Stream.flattenIterable(Stream.unfold<Phase, Events, FitError, never>("start", (phase) => phases[phase]))
}

/** Runs a fit to its end, reporting on the way. */
export const runFit = <F>(
  stream: Stream.Stream<Progress<F>, FitError, Engine>,
  progress: FitOptions["progress"]
): Effect.Effect<F, FitError, Engine> =>
  Effect.suspend(() => {
    const tell = progress === false ? () => {} : typeof progress === "function" ? progress : report()
    let result: { readonly fitted: F } | undefined
    return Effect.flatMap(
      Stream.runForEach(stream, (event) =>
        Effect.sync(() => {
          if (event._tag === "Done") result = { fitted: event.fitted }
          tell(event)
        })
      ),
      () =>
        result === undefined ? Effect.die(new Error("a fit ended without a result")) : Effect.succeed(result.fitted)
    )
  })
