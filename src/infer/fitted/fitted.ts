import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import type { Dist } from "../../dist/Dist.ts"
import type { Support } from "../../dist/Support.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Local } from "../../model/Guided.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { Accuracy } from "../fit/accuracy/Accuracy.ts"
import { checkData, mustHaveItsRows } from "../fit/checkData.ts"
import { type Checks, checkOptions, count, whole } from "../fit/checkOptions.ts"
import { save } from "../fit/checkpoint.ts"
import { deriveValue, drawingJoint } from "../fit/derive.ts"
import type { Learned } from "../fit/Learned.ts"
import { inOwnSpace, parameterOf } from "../fit/ownSpace.ts"
import type { EpochReport } from "../fit/progress.ts"
import { inWords } from "../fit/words.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { elbo } from "../objective/elbo.ts"
import { iwae } from "../objective/iwae.ts"
import type { Plan } from "../plan/Plan.ts"
import { attempt, attemptInTurns } from "../run/attempt.ts"
import { evaluator } from "../run/evaluator.ts"
import { type Prepared, type ProgramData, prepare } from "../run/prepared.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import { type ArvizOptions, arvizChecks, saveArviz } from "./arviz.ts"
import type { DrawnFrom } from "./eachDraw.ts"
import { globalDraws } from "./globalDraws.ts"
import { drawLogLikelihood } from "./logLikelihood.ts"
import { mapRows } from "./mapRows.ts"
import { drawPosterior } from "./posterior.ts"
import { type SummariseOptions, type Summary, summarise, summariseChecks } from "./summarise.ts"

export type Result<A> = Effect.Effect<A, FitError, Engine>

/** The parts of an ELBO, in nats: elbo = −reconstruction − kl. */
export interface ElboParts {
  readonly elbo: number
  /** −E_q[log p(x | z)] */
  readonly reconstruction: number
  /** KL(q(z | x) ‖ p(z)) */
  readonly kl: number
}

export interface EstimateOptions {
  readonly particles?: number
  readonly seed?: number
}

export interface DrawOptions {
  /** of the draws: the same seed gives the same ones (that of the fit) */
  readonly seed?: number
}

export interface SummaryOptions extends DrawOptions, SummariseOptions {
  /** how many draws are summarised (1000) */
  readonly draws?: number
}

export interface SaveArvizOptions extends DrawOptions, ArvizOptions {}

export const drawChecks: Checks<DrawOptions> = { seed: whole }
const summaryChecks: Checks<SummaryOptions> = { ...drawChecks, ...summariseChecks, draws: count }
const saveArvizChecks: Checks<SaveArvizOptions> = { ...drawChecks, ...arvizChecks }
const estimateChecks: Checks<EstimateOptions> = { particles: count, seed: whole }

/** The shape of a site's value; nothing for a plate. */
type ShapeOfSite<D> = D extends Dist<infer S, Support, string> ? S : never
/** `n` joint draws of each site outside of plates, `[n, ...event]`. */
export type GlobalDraws<L> = {
  readonly [K in keyof L as L[K] extends Local<infer _Row, infer _Latents> ? never : K]: Dataset<
    Extract<ShapeOfSite<L[K]>, Shape>,
    "real"
  >
}
/** `n` joint draws of all sites: those in a plate by its name, `[n, rows, ...event]`. */
export type PosteriorDraws<L> = {
  readonly [K in keyof L]: L[K] extends Local<infer _Row, infer Inner>
    ? LocalDraws<Inner>
    : Dataset<Extract<ShapeOfSite<L[K]>, Shape>, "real">
}
type LocalDraws<L> = {
  readonly [K in keyof L]: L[K] extends Local<infer _Row, infer Inner>
    ? LocalDraws<Inner>
    : Dataset<ReadonlyArray<number>, "real">
}

/**
 * A fitted program: parameters as plain numbers, and methods that compile their graphs on the engine in their environment, and free them afterwards.
 * Numbers are in nats: per datum for a `model`, for all the data for a `program`.
 */
export interface Fitted<L, D> {
  /**
   * A learned parameter by its name, number by number, a matrix row by row, and for a per-row parameter one row after the other: in its own space, so that
   * `param.positive("scale")` is a scale and not its logarithm. Throws InvalidOption, with the names that there are, for any other name.
   *
   * @example
   * ```ts
   * const height = program(function* () {
   *   const mean = yield* sample("mean", Normal(0, 1))
   *   yield* plate("people", (_row: object) => observe("height", Normal(mean, 1)))
   * }).guide(() => ({ mean: Normal(param("loc", 0), param.positive("scale", 1)) }))
   * const data = { people: { height: Data.of([1, 2], []) } }
   * const fitted = await height.fitPromise(data, { epochs: 1, progress: false, optimizer: Optimizer.sgd(0) })
   * fitted.parameter("scale")[0] // => 1
   * ```
   */
  readonly parameter: (name: string) => Float32Array
  /** all of them by name */
  readonly parameters: Parameters
  readonly history: ReadonlyArray<EpochReport>
  /** whether the fit was told to stop before its last epoch */
  readonly stopped: boolean
  /** of a fit with `accuracy`: how far each mean may be off, in standard deviations of the posterior; not of a value that was loaded from a file. It prints as a table */
  readonly accuracy: Accuracy | undefined
  readonly explain: () => Plan
  /** the evidence lower bound: an average of `particles` draws (1) */
  readonly elbo: (data: D, options?: EstimateOptions) => Result<number>
  /** the same with its two parts */
  readonly elboParts: (data: D, options?: EstimateOptions) => Result<ElboParts>
  /**
   * log p(x) by importance weighting with `particles` draws (100): a lower bound that tightens with them. Draws are weighed for each datum on its own
   * where all latent sites stand in one plate, and for all the data together otherwise.
   */
  readonly logMarginal: (data: D, options?: EstimateOptions) => Result<number>
  /** `n` joint draws of the sites outside of plates from the guide */
  readonly sample: (n: number, options?: DrawOptions) => Result<GlobalDraws<L>>
  /**
   * mean, standard deviation and quantiles of the sites outside of plates, from draws of the guide; it prints as a table. For those in plates, and computed ones: `summarise` of the draws of `posterior`
   */
  readonly summary: (options?: SummaryOptions) => Result<Summary<GlobalDraws<L>>>
  /** `n` joint draws of all latent sites from the guide, given data: those in a plate for each of its rows */
  readonly posterior: (data: D, n: number, options?: DrawOptions) => Result<PosteriorDraws<L>>
  /**
   * log p(y | latent values) in nats, for each of the `n` draws that `posterior` gives by the same seed, and for each row: by observed site as draws are, `[n, rows]` in a plate and `[n]` outside of
   * plates. It is never scaled, neither by N/B nor by `scale`; sites that the model sums out are summed out.
   */
  readonly logLikelihood: (data: D, n: number, options?: DrawOptions) => Result<unknown>
  /**
   * writes `n` draws of the posterior to a new folder that ArviZ and xarray read (`xarray.open_datatree(path, engine="zarr")`): with their log likelihood for each row, their log densities under the model and the guide,
   * and the data. A plate is a dimension by its name (docs/posterior.md).
   */
  readonly saveArviz: (path: string, data: D, n: number, options?: SaveArvizOptions) => Result<void>
  /**
   * writes the parameters to a safetensors file, with the signature of the program and the history. The file is synced and takes the place of an older one
   * at once, so that it is whole at any moment, whoever else writes to it; it keeps that one's mode, and a symbolic link stays one
   */
  readonly save: (path: string) => Effect.Effect<void, FitError>
}

/** The methods that all fitted values share. */
export const fitted = <L, D>(learned: Learned, toData: (data: D) => ProgramData): Fitted<L, D> => {
  const { parameters, seed, derived, problem } = learned
  const checked = (data: D): Effect.Effect<Prepared, FitError> => dataFor(learned, () => toData(data))
  const drawing = (data: D, n: number, options: DrawOptions): Effect.Effect<DrawnFrom, FitError> =>
    Effect.gen(function* () {
      yield* attempt(() => {
        checkOptions(options, drawChecks)
        return count("n", n)
      })
      return { data: yield* checked(data), parameters, n, seed: options.seed ?? seed }
    })
  const estimate = (loss: LossGraph, data: D, particles: number, batchSize: number, options: EstimateOptions) =>
    Effect.scoped(
      Effect.gen(function* () {
        const prepared = yield* checked(data)
        const s = options?.particles ?? particles
        const evaluate = yield* evaluator(loss, prepared, {
          batchSize: Math.max(1, Math.ceil(batchSize / s)),
          particles: s,
          seed: options.seed ?? seed + 1,
          per: problem.per
        })
        return yield* evaluate(parameters)
      })
    )
  const elboParts: Fitted<L, D>["elboParts"] = (data, options = {}) =>
    Effect.gen(function* () {
      const loss = yield* attempt(() => {
        checkOptions(options, estimateChecks)
        return elboOf(learned)
      })
      const { value, terms } = yield* estimate(loss, data, 1, 500, options)
      const sumOf = (kl: boolean): number =>
        loss.terms.reduce((sum, { site, kind }) => ((kind === "kl") === kl ? sum + (own(terms, site) ?? 0) : sum), 0)
      return { elbo: -value, reconstruction: sumOf(false), kl: sumOf(true) }
    })
  const sample: Fitted<L, D>["sample"] = (n, options = {}) =>
    Effect.flatMap(
      attempt(() => {
        checkOptions(options, drawChecks)
        return count("n", n)
      }),
      () =>
        mapRows({ inputs: {}, count: n, parameters, nets: derived.nets, seed: options?.seed ?? seed }, (_, key) =>
          globalDraws(derived.guided.guide, learned, key)
        )
    ) as Result<GlobalDraws<L>>
  const learnt = inOwnSpace(derived.joint.parameters, parameters)
  return {
    parameter: (name) => parameterOf(learnt, name),
    parameters: learnt,
    history: learned.history,
    stopped: learned.stopped,
    accuracy: learned.accuracy,
    explain: () => learned.plan,
    elboParts,
    elbo: (data, options) => Effect.map(elboParts(data, options), ({ elbo }) => elbo),
    logMarginal: (data, options = {}) =>
      Effect.gen(function* () {
        const { loss } = yield* attempt(() => {
          checkOptions(options, estimateChecks)
          const particles = options?.particles ?? 100
          return deriveValue(derived.guided, learned.shapes, { objective: iwae, particles, per: problem.per })
        })
        return -(yield* estimate(loss, data, 100, 1000, options)).value
      }),
    sample,
    summary: (options = {}) =>
      Effect.gen(function* () {
        yield* attempt(() => checkOptions(options, summaryChecks))
        const { draws = 1000, quantiles, ...others } = options
        const drawn = yield* sample(draws, others)
        return yield* attempt(() => summarise(drawn, quantiles === undefined ? {} : { quantiles }))
      }),
    posterior: (data, n, options = {}) =>
      Effect.gen(function* () {
        const from = yield* drawing(data, n, options)
        const joint = yield* attempt(() => drawingJoint(derived, learned.shapes))
        return yield* drawPosterior(joint, from.data, parameters, n, from.seed)
      }) as Result<PosteriorDraws<L>>,
    logLikelihood: (data, n, options = {}) =>
      Effect.flatMap(drawing(data, n, options), (from) => drawLogLikelihood(derived.sampled, from)),
    saveArviz: (path, data, n, options = {}) =>
      Effect.gen(function* () {
        yield* attempt(() => checkOptions(options, saveArvizChecks))
        const { seed: given, ...names } = options
        const from = yield* drawing(data, n, given === undefined ? {} : { seed: given })
        const joint = yield* attempt(() => drawingJoint(derived, learned.shapes))
        yield* saveArviz(path, joint, from, names)
      }),
    save: (path) => save(path, learned)
  }
}

/** Data that a fitted value can be asked about: its fields, supports and rows are checked. */
export const dataFor = (learned: Learned, toData: () => ProgramData): Effect.Effect<Prepared, FitError> =>
  Effect.gen(function* () {
    const prepared = yield* attempt(() => prepare(toData()))
    yield* attemptInTurns(() => checkData(learned.derived, prepared))
    yield* attempt(() => mustHaveItsRows(learned, prepared))
    return prepared
  }).pipe(Effect.mapError(inWords(learned.problem, "data")))

/** The ELBO of a fit, whatever it was fitted by. */
const elboOf = ({ derived, problem, shapes, plan }: Learned): LossGraph =>
  derived.decisions.objective === elbo
    ? derived.loss
    : deriveValue(derived.guided, shapes, { objective: elbo, particles: plan.particles, per: problem.per }).loss
