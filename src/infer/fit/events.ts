import { Effect, Stream } from "effect"
import { type FitError, NonFiniteLoss } from "../../Errors.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Evaluation } from "../run/evaluator.ts"
import type { EpochLoss } from "../run/meter.ts"
import type { LongSpan } from "../run/spans.ts"
import type { Training } from "../run/Training.ts"
import type { Accuracy } from "./accuracy/Accuracy.ts"
import type { Steered } from "./accuracy/steered.ts"
import { firstAveraged, meansIn } from "./averaged.ts"
import { salvaged } from "./checkpoint.ts"
import type { Checkpointer } from "./checkpointer.ts"
import type { FitMetrics } from "./fitMetrics.ts"
import type { Learned } from "./Learned.ts"
import type { Monitor } from "./monitor.ts"
import type { Settings } from "./options.ts"
import { perRowOf, type Rows } from "./perRow.ts"
import type { EpochReport, Progress } from "./progress.ts"
import type { Resumed } from "./resume.ts"
import type { Warning } from "./warnings.ts"

/** A fit that is ready to run. */
export interface Ready {
  readonly training: Training
  /** of a fit with `accuracy` */
  readonly steering: Steered | undefined
  readonly settings: Settings
  /** the same for people */
  readonly inWords: Readonly<Record<string, string | number>>
  readonly plan: Plan
  readonly test: ((parameters: Parameters) => Effect.Effect<Evaluation, FitError>) | undefined
  readonly watch: Monitor
  /** for losses that are totals over rows */
  readonly rows: Rows | undefined
  /** warnings that are known before the first step */
  readonly known: ReadonlyArray<Warning>
  readonly checkpointer: Checkpointer | undefined
  /** from the first call of the engine after an epoch's end to the call that ends one or more epochs */
  readonly epochSpan: LongSpan
  readonly metrics: FitMetrics
  readonly resumed: Resumed | undefined
  readonly learn: (parameters: Parameters, history: ReadonlyArray<EpochReport>) => Learned
}

/** The result of a fit, and what it says of its accuracy where one was asked for. */
export interface Ended<F> {
  readonly fitted: F
  readonly accuracy: Accuracy | undefined
}

type Phase = "start" | "running" | "end" | "over"

const isEpoch = <F>(event: Progress<F>): event is Extract<Progress<F>, { readonly _tag: "Epoch" }> =>
  event._tag === "Epoch"

const termsOf = (epoch: EpochLoss | undefined): Pick<EpochLoss, "terms"> =>
  epoch?.terms === undefined ? {} : { terms: epoch.terms }

const asEvent = (warning: Warning): Progress<never> => ({ _tag: "Warning", warning })

/** Runs a fit, call by call of its engine, and emits its progress. */
export const events = <F>(
  ready: Ready,
  finish: (learned: Learned) => Effect.Effect<Ended<F>, FitError>
): Stream.Stream<Progress<F>, FitError> => {
  type Events = ReadonlyArray<Progress<F>>
  const { training, steering, settings, plan, test, watch, known, rows, checkpointer, resumed, learn } = ready
  const { epochSpan, metrics, inWords } = ready
  const { detail, stepsPerEpoch: steps } = training
  const { epochs } = settings
  const history: Array<EpochReport> = [...(resumed?.history ?? [])]
  const before = resumed?.position.step ?? 0
  /** the reason of a rule by which the fit ended, also one that was resumed */
  let because = history.length === 0 ? undefined : settings.stop?.(history)
  const started = performance.now()
  let lastEnd = started
  let stepsDone = before
  let onThis = training.engine().because
  /** since when, and since which step, the speed is measured */
  let timed = { at: started, step: before }

  /** Why the loss was no bound in an epoch: it is one only if it is at each of its steps. */
  const noBoundIn = (epoch: number): Pick<EpochReport, "noBound"> => {
    const { isBound, noBound } = settings.objective
    const fit = { steps: epochs * steps, epochs }
    let held = isBound !== undefined
    for (let step = (epoch - 1) * steps; held && step < epoch * steps; step++) held = isBound?.(step, fit) === true
    const why = held ? plan.noBound.filter((reason) => reason !== noBound) : plan.noBound
    return why.length === 0 ? {} : { noBound: why }
  }

  /** the mean of the iterates, where there is one yet; otherwise the last iterate */
  const parameters = Effect.gen(function* () {
    const { averaging } = settings
    if (averaging === undefined || stepsDone <= firstAveraged(averaging, epochs * steps))
      return steering?.parameters() ?? (yield* training.parameters)
    return meansIn(training.trained, (yield* training.position).carried)
  })
  const learned = Effect.map(parameters, (each) => learn(each, history))
  /** The parameters of a fit that failed are kept in its error. */
  const advance = Effect.catchTag(training.advance, "NonFiniteLoss", (error) => {
    const { step, epoch, of = "loss", site, term, parameter, value, parameters } = error
    const what = parameter === undefined ? {} : { parameter }
    const fitted = salvaged({ ...learn(parameters, history), stopped: true })
    const failed = { ...what, step, epoch, of, site, term, value, fitted, parameters: fitted.parameters }
    return Effect.andThen(metrics.stoppedNonFinite, new NonFiniteLoss(failed))
  })
  const call = Effect.gen(function* () {
    const { ended, within, done, milliseconds } = yield* advance
    yield* Effect.yieldNow
    const tested = test === undefined || ended.length === 0 ? undefined : yield* test(yield* training.parameters)
    const now = performance.now()
    const seconds = (now - lastEnd) / 1000 / Math.max(1, ended.length)
    const reports = ended.map(
      ({ epoch, loss, bound }): EpochReport => ({
        epoch,
        train: loss,
        ...(bound !== undefined && { bound }),
        ...(tested === undefined ? {} : { test: tested.value }),
        ...perRowOf(rows, { loss, ...(bound !== undefined && { bound }) }, tested),
        ...noBoundIn(epoch),
        seconds
      })
    )
    history.push(...reports)
    const progressed = done - stepsDone
    stepsDone = done
    yield* metrics.progressed({ steps: progressed, rows: progressed * training.rowsPerStep, milliseconds, reports })
    const warnings = yield* watch.after(ended, training.parameters)
    if (ended.length > 0) lastEnd = performance.now()
    const secondsLeft = ((now - timed.at) / 1000 / (done - timed.step)) * (epochs * steps - done)
    const eachRow = rows === undefined || within === undefined ? {} : { perRow: within.loss / rows.rows }
    const isSettled = steering !== undefined && (yield* steering.after(done, training.position))
    because = reports.length === 0 ? undefined : settings.stop?.(history)
    const over = settings.signal?.aborted === true || done >= epochs * steps || isSettled || because !== undefined
    const taken = training.engine()
    const moved = taken.because === onThis ? [] : [{ _tag: "Engine", ...taken, detail: detail() } as const]
    onThis = taken.because
    // the call in which engines were timed says nothing of the time that is left
    if (moved.length > 0) timed = { at: now, step: done }
    const unsaved = checkpointer === undefined ? [] : yield* checkpointer.after(done, over, learned, training.position)
    return [
      [
        ...moved,
        ...reports.map((report, i) => ({ _tag: "Epoch", epochs, ...report, ...termsOf(ended[i]) }) as const),
        ...[...warnings, ...unsaved].map(asEvent),
        ...(within === undefined || moved.length > 0
          ? []
          : [{ _tag: "Step", epochs, steps, secondsLeft, ...within, ...eachRow } as const])
      ],
      over ? "end" : "running"
    ] as const
  })
  const running: Effect.Effect<readonly [Events, Phase], FitError> = Effect.gen(function* () {
    const [events, phase] = yield* epochSpan.run(call)
    const [first, last] = [events.find(isEpoch), events.findLast(isEpoch)]
    if (first !== undefined && last !== undefined)
      yield* epochSpan.end({ first: first.epoch, last: last.epoch, loss: last.train })
    return [events, phase]
  })
  const phases: Readonly<Record<Phase, Effect.Effect<readonly [Events, Phase] | undefined, FitError>>> = {
    start: Effect.sync(() => [
      [
        {
          ...{ _tag: "Started", plan, ...training.engine(), detail: detail(), epochs, steps },
          ...{ resumed: before, settings: inWords }
        },
        ...known.map(asEvent)
      ],
      before >= epochs * steps || because !== undefined ? "end" : "running"
    ]),
    running,
    end: Effect.map(Effect.flatMap(learned, finish), ({ fitted, accuracy }) => [
      [
        {
          _tag: "Done",
          fitted,
          engine: training.engine().engine,
          detail: detail(),
          ...(because !== undefined && { because }),
          ...(accuracy !== undefined && { accuracy })
        }
      ],
      "over"
    ]),
    over: Effect.succeed(undefined)
  }
  return Stream.flattenIterable(Stream.unfold<Phase, Events, FitError, never>("start", (phase) => phases[phase]))
}
