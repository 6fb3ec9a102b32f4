import * as tf from "@tensorflow/tfjs"
import { Effect, type Stream } from "effect"
import type { Dataset } from "../data/Dataset.ts"
import type { Dist } from "../dist/Dist.ts"
import type { FitError } from "../Errors.ts"
import type { Engine } from "../engine/Engine.ts"
import { drawGuide, type World } from "../model/interpret.ts"
import { currentStore } from "../model/Param.ts"
import type {
  AnyGuideRecord,
  AnyProgram,
  CheckGuide,
  CheckRecord,
  Guided,
  GuideRecord,
  GuideSource,
  Latents,
  Local,
  Observations,
  OnlySites
} from "../model/Program.ts"
import { type Shape, type Tensor, typed } from "../tensor/Tensor.ts"
import { mapValues } from "../trace/build.ts"
import { load, save } from "./checkpoint.ts"
import { type ProgramData, prepare, shapesOf } from "./data.ts"
import { evaluator } from "./evaluate.ts"
import type { EstimateOptions } from "./Fitted.ts"
import { checkData, deriveFor, fitStream, type Learned, type Problem, runFit } from "./fit.ts"
import { mapRows } from "./mapRows.ts"
import { explained, type Validation } from "./model.ts"
import { count, type FitOptions, settingsOf } from "./options.ts"
import type { Plan } from "./Plan.ts"
import type { EpochReport, Progress } from "./progress.ts"
import { type EngineLayer, type Promised, promised, runOn } from "./promised.ts"
import { recording } from "./recording.ts"
import type { Parameters } from "./world.ts"

type Result<A> = Effect.Effect<A, FitError, Engine>

/** The sites of a guide that stand outside of plates. */
type GlobalSites<L> = {
  readonly [K in keyof L as L[K] extends Local<any, any> ? never : K]: L[K] extends Dist<infer S, any, any> ? S : never
}
type Draws<L> = { readonly [K in keyof GlobalSites<L>]: Dataset<Extract<GlobalSites<L>[K], Shape>, "real"> }

/** A program waiting for its guide. */
export interface Program<L, O> {
  /**
   * The guide as a record: for each latent site a distribution, for a plate with latent sites a function of its row.
   * (`G` is given no constraint: with one, a record of nothing but functions of rows is inferred as the constraint, and goes unchecked.)
   */
  readonly guide: <const G>(make: () => GuideRecord<L> & G & CheckRecord<L, G>) => GuidedProgram<L, O>
  /** The guide as a program with exactly the model's latent sites, for posteriors in which they depend on each other. */
  readonly guideWith: <A, R>(make: () => Effect.Effect<A, never, R> & CheckGuide<L, R>) => GuidedProgram<L, O>
}

/** A program with its guide, ready to be fitted. Losses are totals over all rows, in nats. */
export interface GuidedProgram<L, O> {
  /** How the objective and its gradient will be estimated, and why: the data give the shapes. */
  readonly explain: (data: O, options?: Pick<FitOptions, "particles" | "estimators">) => Plan
  readonly fit: (data: O, options?: FitOptions & Validation<O>) => Result<FittedProgram<L, O>>
  readonly fitStream: (
    data: O,
    options?: FitOptions & Validation<O>
  ) => Stream.Stream<Progress<FittedProgram<L, O>>, FitError, Engine>
  readonly fitPromise: (
    data: O,
    options?: FitOptions & Validation<O> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<FittedProgram<L, O>>>
  /** A fitted program from a file that `save` wrote; the data give the shapes. Fails with DataFormat when it was saved from another program. */
  readonly load: (path: string, data: O) => Effect.Effect<FittedProgram<L, O>, FitError>
}

/** A fitted program: plain numbers, and methods that compile what they need on the engine that they are given. */
export interface FittedProgram<L, O> {
  readonly parameters: Parameters
  readonly history: ReadonlyArray<EpochReport>
  readonly stopped: boolean
  readonly explain: () => Plan
  /** `n` joint draws of the sites outside of plates from the guide: `[n, ...event]` each */
  readonly sample: (n: number, options?: { readonly seed?: number }) => Result<Draws<L>>
  /** the evidence lower bound for all the data, in nats: an average of `particles` draws (1) */
  readonly elbo: (data: O, options?: EstimateOptions) => Result<number>
  readonly save: (path: string) => Effect.Effect<void, FitError>
}

/**
 * A probabilistic program: an Effect whose only requirements are its sites.
 *
 * @example
 * ```ts
 * const regression = program(
 *   Effect.gen(function* () {
 *     const w = yield* sample("w", Normal(0, 1).iid(3))
 *     yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), 0.5)))
 *   })
 * )
 * ```
 */
export const program = <A, E, R>(
  effect: Effect.Effect<A, E, R> & OnlySites<R, E>
): Program<Latents<R>, Observations<R>> => {
  const source = effect as AnyProgram
  return {
    guide: (make) => guidedProgram({ model: source, guide: { kind: "record", make: make as () => AnyGuideRecord } }),
    guideWith: (make) => guidedProgram({ model: source, guide: { kind: "program", make: make as () => AnyProgram } })
  }
}

const guidedProgram = <L, O>(guided: Guided): GuidedProgram<L, O> => {
  const problem: Problem = { guided, per: "total" }
  const asData = (data: O): ProgramData => data as ProgramData
  const finish = (learned: Learned): FittedProgram<L, O> => fittedProgram(learned, asData)
  const stream: GuidedProgram<L, O>["fitStream"] = (data, { validation, ...options } = {}) =>
    fitStream(
      problem,
      { data: asData(data), validation: validation === undefined ? undefined : asData(validation) },
      options,
      finish
    )
  const fit: GuidedProgram<L, O>["fit"] = (data, options = {}) => runFit(stream(data, options), options.progress)
  return {
    explain: (data, options = {}) =>
      explained(() => deriveFor(problem, shapesOf(prepare(asData(data))), settingsOf(options)).plan),
    fitStream: stream,
    fit,
    load: (path, data) =>
      Effect.flatMap(
        recording(() => shapesOf(prepare(asData(data)))),
        (shapes) =>
          Effect.flatMap(
            recording(() => deriveFor(problem, shapes, settingsOf({}))),
            (derived) => Effect.map(load(path, problem, shapes, derived), finish)
          )
      ),
    fitPromise: async (data, { engine, ...options } = {}) => promised(await runOn(fit(data, options), engine), engine)
  }
}

const fittedProgram = <L, O>(learned: Learned, asData: (data: O) => ProgramData): FittedProgram<L, O> => {
  const { parameters, derived, seed, problem } = learned
  return {
    parameters,
    history: learned.history,
    stopped: learned.stopped,
    explain: () => learned.plan,
    sample: (n, options) =>
      Effect.flatMap(
        recording(() => count("n", n)),
        () =>
          mapRows({ inputs: {}, count: n, parameters, nets: derived.nets, seed: options?.seed ?? seed }, (_, key) =>
            globalDraws(problem.guided.guide, learned, key)
          )
      ) as Result<Draws<L>>,
    elbo: (data, options) =>
      Effect.scoped(
        Effect.gen(function* () {
          const prepared = yield* recording(() => prepare(asData(data)))
          yield* recording(() => checkData(derived, prepared))
          const particles = yield* recording(() => count("particles", options?.particles ?? 1))
          const evaluate = yield* evaluator(derived, prepared, {
            batchSize: 500,
            particles,
            seed: options?.seed ?? seed + 1,
            per: "total"
          })
          return -(yield* evaluate(parameters)).value
        })
      ),
    save: (path) => save(path, learned)
  }
}

/** The guide's draws outside of plates; rows of plates, on which they cannot depend, are zeros here. */
const globalDraws = (guide: GuideSource, { shapes }: Learned, key: World["key"]): Record<string, tf.Tensor> => {
  const drawn = drawGuide(guide, {
    params: currentStore("sample"),
    row: (plate) => mapValues(shapes.plates[plate] ?? {}, (shape): Tensor => typed(tf.zeros([...shape]))),
    observed: (site) => typed(tf.zeros([...(shapes.globals[site] ?? [])])),
    key,
    mark: (_, draw) => draw
  })
  return Object.fromEntries(
    [...drawn].filter(([, { plates }]) => plates.length === 0).map(([name, { value }]) => [name, value])
  )
}
