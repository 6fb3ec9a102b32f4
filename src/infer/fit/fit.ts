import { Effect, Stream } from "effect"
import { atOnce } from "../../data/pieces.ts"
import type { FitError } from "../../Errors.ts"
import { Engine } from "../../engine/Engine.ts"
import { latentSites } from "../joint/Joint.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt, attemptInTurns } from "../run/attempt.ts"
import { evaluator } from "../run/evaluator.ts"
import { type Prepared, type ProgramData, prepare, shapesOf } from "../run/prepared.ts"
import { type Attributes, inSpan, longSpan } from "../run/spans.ts"
import { type FitData, headOf, prepareStreams } from "../run/streamed.ts"
import { startTraining, type Training } from "../run/Training.ts"
import { epochsInBlock, steered } from "./accuracy/steered.ts"
import { checkData, checkNumbers, mustHaveItsRows } from "./checkData.ts"
import { checkpointer, mustBeFree } from "./checkpointer.ts"
import type { Derived } from "./derive.ts"
import { deriveFor, mustReadWhole } from "./deriveFor.ts"
import { events } from "./events.ts"
import { fitMetrics } from "./fitMetrics.ts"
import { knownBefore } from "./known.ts"
import type { Learned, Problem } from "./Learned.ts"
import { looksEvery, monitor } from "./monitor.ts"
import { type FitOptions, type Settings, settingsOf } from "./options.ts"
import { rowsOf } from "./perRow.ts"
import { type EpochReport, type Progress, report } from "./progress.ts"
import { resumeFrom } from "./resume.ts"
import { signatureOf } from "./signature.ts"
import { startingAt } from "./startingAt.ts"
import { mustBeStreamable } from "./streamable.ts"
import { inWords, inWordsOf } from "./words.ts"

export interface FitInput {
  readonly data: FitData
  readonly validation: ProgramData | undefined
}

/**
 * Fits a problem, step by step: a stream of progress whose last event has what was learned. Everything that can be wrong with the input is found before the
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
      const asked = yield* attempt(() => {
        const known = settingsOf(options)
        known.objective.check?.(known)
        return known
      })
      const input = yield* attempt(inputOf)
      if (asked.precision === "bfloat16") yield* (yield* Engine).bfloat16
      const inData = inWords(problem, "data")
      const data = yield* Effect.mapError(
        prepareStreams(input.data, (plate) => (problem.rows === undefined ? `data.${plate}` : "data")),
        inData
      )
      const validation = yield* attempt(() =>
        inWordsOf(problem, "validation", () => (input.validation === undefined ? undefined : prepare(input.validation)))
      )
      const shapes = yield* attempt(() => problem.shapes?.() ?? shapesOf(data))
      // with much data each of these takes some time: the rest of the program runs between them
      yield* Effect.yieldNow
      const derived = yield* attempt(() => deriveFor(problem, shapes, asked)).pipe(inSpan("latent.derive"))
      yield* Effect.yieldNow
      yield* attempt(() => mustBeStreamable(problem, derived, data, asked))
      const head = headOf(data)
      yield* Effect.mapError(
        attemptInTurns(() => checkData(derived, head)),
        inData
      )
      yield* attempt(() => mustReadWhole(derived, data, asked))
      if (validation !== undefined) {
        yield* attemptInTurns(() => checkData(derived, validation)).pipe(
          Effect.andThen(attempt(() => mustHaveItsRows({ derived, sizes: data.sizes }, validation))),
          Effect.mapError(inWords(problem, "validation"))
        )
      }

      const { checkpoint, resume } = asked
      const setup = { problem, derived, data, settings: asked }
      const signature = checkpoint === undefined ? undefined : yield* attempt(() => signatureOf(derived))
      if (checkpoint !== undefined && resume === undefined) yield* mustBeFree(checkpoint)
      const resumed =
        checkpoint === undefined || signature === undefined || resume !== true
          ? undefined
          : yield* resumeFrom(checkpoint.path, setup, signature)
      const start = yield* attempt(() => startingAt(derived, data, asked.start))

      yield* Effect.yieldNow
      const steering =
        asked.accuracy === undefined ? undefined : yield* steered(problem, derived, data, asked, options.epochs)
      const settings = steering?.settings ?? asked
      const training = yield* startTraining(derived.loss, data, settings, {
        per: problem.per,
        check: (rows, from) => inWordsOf(problem, "data", () => atOnce(checkNumbers(derived, rows, from))),
        together:
          steering !== undefined
            ? epochsInBlock
            : validation === undefined && settings.stop === undefined
              ? looksEvery(settings.epochs)
              : 1,
        from: resumed?.position ?? start,
        takesAll: steering === undefined
      })
      yield* Effect.annotateCurrentSpan(attributesOf(derived, training, settings))
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
        stopped: history.length < settings.epochs && steering?.descended().isReached !== true,
        ...(steering !== undefined && { descended: steering.descended() })
      })
      const saver =
        checkpoint === undefined || signature === undefined
          ? undefined
          : checkpointer(checkpoint, setup, signature, training.stepsPerEpoch)
      if (saver !== undefined && resumed === undefined)
        yield* saver.first(learn(yield* training.parameters, []), yield* training.position)
      const watch = yield* monitor({
        ...{ guided: derived.guided, shapes, derived, data: head, epochs: settings.epochs, seed: settings.seed },
        initial: yield* training.parameters
      })
      const engine = yield* Engine
      const known = knownBefore(derived, data)
      const rows = problem.per === "total" ? rowsOf(derived, data, validation) : undefined
      const { plan } = derived.decisions
      return events(
        {
          ...{ training, steering, settings, plan, test, watch, known, rows, resumed, learn },
          inWords: toldOf(data, training, settings),
          ...{
            checkpointer: saver,
            epochSpan: yield* longSpan("latent.epoch"),
            metrics: fitMetrics(() => training.engine().engine)
          }
        },
        (learned) => {
          const { conclude } = problem
          const last = conclude === undefined ? Effect.succeed(learned) : conclude(learned, data)
          const ended = Effect.map(last, (whole) => ({ fitted: finish(whole), accuracy: whole.accuracy }))
          return Effect.provideService(ended, Engine, engine)
        }
      )
    })
  ).pipe(Stream.scoped, Stream.withSpan("latent.fit", { captureStackTrace: false }))

/** What the span of a fit says of it. */
const attributesOf = (
  { joint, decisions }: Derived,
  { engine, size, stepsPerEpoch }: Training,
  { seed, batchSize, particles, epochs, objective, optimizer, precision }: Settings
): Attributes => ({
  ...{
    engine: engine().engine,
    parameters: size,
    sites: latentSites(joint)
      .map(({ name }) => name)
      .join(", ")
  },
  ...{ seed, batchSize, particles, epochs, stepsPerEpoch, precision },
  ...{ objective: objective.name, optimizer: optimizer.name, bound: decisions.plan.noBound.length === 0 }
})

/** What the event of its start says of it. */
const toldOf = (
  { sizes }: Prepared,
  { size }: Training,
  { seed, batchSize, particles, objective, optimizer, precision }: Settings
): Readonly<Record<string, string | number>> => ({
  ...{
    rows:
      Object.entries(sizes)
        .map(([plate, rows]) => `${rows} of ${plate}`)
        .join(", ") || "none"
  },
  ...{ parameters: size, batchSize, particles, seed, objective: objective.name, optimizer: optimizer.name, precision }
})

/** Runs a fit to its end, reporting on the way. */
export const runFit = <F>(
  stream: Stream.Stream<Progress<F>, FitError, Engine>,
  options: Pick<FitOptions, "progress">
): Effect.Effect<F, FitError, Engine> =>
  Effect.suspend(() => {
    // the stream refuses options that are none
    const progress = options?.progress
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
