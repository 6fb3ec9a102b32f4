import { Effect, Scope } from "effect"
import type { FitError } from "../../Errors.ts"
import { type Arrays, Engine } from "../../engine/Engine.ts"
import type { Guided } from "../../model/Guided.ts"
import type { DataShapes, Parameters } from "../joint/recordedWorld.ts"
import { type Measures, recordMeasures } from "../joint/recordMeasures.ts"
import { attempt } from "../run/attempt.ts"
import { measurer } from "../run/measure.ts"
import type { EpochLoss } from "../run/meter.ts"
import type { Prepared } from "../run/prepared.ts"
import type { Derived } from "./derive.ts"
import { judge, type Look, type Start } from "./judge.ts"
import { onceEach, type Warning, warn } from "./warnings.ts"

/** Evaluates a fit's measures at the ends of some epochs and gives its warnings, each one once. */
export interface Monitor {
  /** after a call of the engine, which ended these epochs: the last one now, if it is one to look at */
  readonly after: (
    ended: ReadonlyArray<EpochLoss>,
    parameters: Effect.Effect<Parameters, FitError>
  ) => Effect.Effect<ReadonlyArray<Warning>, FitError>
}

interface Watched {
  readonly guided: Guided
  readonly shapes: DataShapes
  readonly derived: Derived
  readonly data: Prepared
  readonly epochs: number
  readonly seed: number
  /** the parameters before the first step, or where a fit goes on */
  readonly initial: Parameters
}

/** The number of epochs between two evaluations: about twenty in a fit, at the same epochs however fast its steps are. */
export const looksEvery = (epochs: number): number => Math.ceil(epochs / 20)

/** The measures are recorded and compiled when they are first needed, and freed with the fit's scope. */
export const monitor = (watched: Watched): Effect.Effect<Monitor, never, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const [engine, scope] = [yield* Engine, yield* Effect.scope]
    const every = looksEvery(watched.epochs)
    const fresh = onceEach()
    let compiled: Compiled | undefined
    let before: Look | undefined
    const compile = compiledOf(watched).pipe(
      Effect.provideService(Engine, engine),
      Effect.provideService(Scope.Scope, scope)
    )
    return {
      after: (ended, parameters) =>
        Effect.gen(function* () {
          const huge = ended.flatMap(({ epoch, loss }) =>
            Math.abs(loss) > 1e30 ? [warn({ kind: "hugeLoss", loss, epoch })] : []
          )
          const last = ended.at(-1)
          if (last === undefined || last.epoch % every !== 0) return fresh(huge)
          compiled ??= yield* compile
          const learned = yield* parameters
          const now: Look = {
            ...last,
            isLast: last.epoch + every > watched.epochs,
            parameters: learned,
            measured: yield* compiled.measure(learned)
          }
          const found = judge(watched.derived.joint, compiled, compiled.start, before, now)
          before = now
          return fresh([...huge, ...found])
        })
    }
  })

/** The measures of a fit, ready to be evaluated, and their values before the first step. */
interface Compiled extends Measures {
  readonly measure: (parameters: Parameters) => Effect.Effect<Arrays, FitError>
  readonly start: Start
}

const compiledOf = ({
  guided,
  shapes,
  derived,
  data,
  seed,
  initial
}: Watched): Effect.Effect<Compiled, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const measures = yield* attempt(() => recordMeasures(guided, shapes))
    const measure =
      measures.measures.length === 0 ? () => Effect.succeed({}) : yield* measurer(measures, derived.sampled, data, seed)
    return { ...measures, measure, start: { parameters: initial, measured: yield* measure(initial) } }
  })
