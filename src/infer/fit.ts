import { Effect, Stream } from "effect"
import { DataFormat, type FitError, ShapeMismatch } from "../Errors.ts"
import { Engine } from "../engine/Engine.ts"
import type { Guided } from "../model/Program.ts"
import { sameShape } from "../tensor/Tensor.ts"
import { nameOf } from "../trace/Graph.ts"
import { checkSupport, type Prepared, type ProgramData, prepare, shapesOf } from "./data.ts"
import { type Derived, derive } from "./derive.ts"
import { evaluator } from "./evaluate.ts"
import { inputName } from "./names.ts"
import { Objective } from "./Objective.ts"
import { type FitOptions, type Settings, settingsOf } from "./options.ts"
import type { Plan } from "./Plan.ts"
import { type EpochReport, type Progress, report } from "./progress.ts"
import { recording } from "./recording.ts"
import { startTraining, type Training } from "./Training.ts"
import type { DataShapes, Parameters } from "./world.ts"

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
  input: FitInput,
  options: FitOptions,
  finish: (learned: Learned) => F
): Stream.Stream<Progress<F>, FitError, Engine> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const settings = yield* recording(() => settingsOf(options))
      if (settings.precision === "bfloat16") yield* (yield* Engine).bfloat16
      const data = yield* recording(() => prepare(input.data))
      const validation = yield* recording(() =>
        input.validation === undefined ? undefined : prepare(input.validation)
      )
      const shapes = yield* recording(() => problem.shapes?.() ?? shapesOf(data))
      const derived = yield* recording(() => deriveFor(problem, shapes, settings))
      yield* recording(() => checkData(derived, data))
      yield* recording(() => (validation === undefined ? undefined : checkData(derived, validation)))

      const training = yield* startTraining(derived, data, settings, {
        per: problem.per,
        crossing: validation === undefined
      })
      const test =
        validation === undefined
          ? undefined
          : yield* evaluator(derived, validation, {
              batchSize: 500,
              particles: 1,
              seed: settings.seed + 1,
              per: problem.per
            })
      const learn = (parameters: Parameters, history: ReadonlyArray<EpochReport>): Learned => ({
        problem,
        plan: derived.plan,
        shapes,
        derived,
        parameters,
        history,
        seed: settings.seed,
        stopped: history.length < settings.epochs
      })
      return events(training, settings, derived.plan, test, (parameters, history) => finish(learn(parameters, history)))
    })
  ).pipe(Stream.scoped)

/** Derives a problem on data of given shapes, with a fit's settings. */
export const deriveFor = (
  problem: Problem,
  shapes: DataShapes,
  settings: Pick<Settings, "particles" | "estimators">
): Derived =>
  derive(problem.guided, shapes, {
    particles: settings.particles,
    estimators: settings.estimators,
    objective: Objective.elbo,
    per: problem.per
  })

/**
 * Checks data against the program that was recorded, before an engine sees them.
 *
 * @throws DataFormat for data that are missing, ShapeMismatch for a datum of another shape, SupportViolation for the first observed value outside of
 * its distribution's support
 */
export const checkData = (derived: Derived, data: Prepared): void => {
  checkShapes(derived, data)
  for (const { site, plates, support } of derived.observed) {
    const plate = plates.at(-1)
    const rows = plate === undefined ? data.globals[site] : data.plates[plate]?.[site]
    if (rows !== undefined) checkSupport(site, support, rows)
  }
}

const checkShapes = (derived: Derived, { plates, globals }: Prepared): void => {
  const given = new Map([
    ...Object.entries(globals).map(([site, { event }]) => [inputName(site), event] as const),
    ...Object.entries(plates).flatMap(([plate, fields]) =>
      Object.entries(fields).map(([field, { event }]) => [inputName(field, plate), event] as const)
    )
  ])
  for (const node of derived.graph.nodes) {
    if (node.kernel !== "Input" || !nameOf(node).startsWith(inputName(""))) continue
    const actual = given.get(nameOf(node))
    const name = nameOf(node).slice(inputName("").length)
    if (actual === undefined) {
      throw new DataFormat({
        path: `data.${name}`,
        reason: "there are no such data",
        advice: "Give all that the model was fitted to."
      })
    }
    if (!sameShape(actual, node.shape)) {
      throw new ShapeMismatch({ site: undefined, where: `one row of the data '${name}'`, expected: node.shape, actual })
    }
  }
}

type Phase = "start" | "running" | "end" | "over"

const events = <F>(
  training: Training,
  settings: Settings,
  plan: Plan,
  test: ((parameters: Parameters) => Effect.Effect<{ readonly value: number }>) | undefined,
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
    const tested =
      test === undefined || ended.length === 0 ? undefined : (yield* test(yield* training.parameters)).value
    const now = performance.now()
    const seconds = (now - lastEnd) / 1000 / Math.max(1, ended.length)
    if (ended.length > 0) lastEnd = now
    const reports = ended.map(
      ({ epoch, loss }): EpochReport => ({
        epoch,
        train: loss,
        ...(tested === undefined ? {} : { test: tested }),
        seconds
      })
    )
    history.push(...reports)
    const secondsLeft = ((now - started) / 1000 / done) * (epochs * steps - done)
    const over = settings.signal?.aborted === true || done >= epochs * steps
    return [
      [
        ...reports.map((report) => ({ _tag: "Epoch", epochs, ...report }) as const),
        ...(within === undefined ? [] : [{ _tag: "Step", epochs, steps, secondsLeft, ...within } as const])
      ],
      over ? "end" : "running"
    ]
  })
  const phases: Readonly<Record<Phase, Effect.Effect<readonly [Events, Phase] | undefined, FitError>>> = {
    start: Effect.succeed([[{ _tag: "Started", plan, engine, because, detail: detail(), epochs, steps }], "running"]),
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
