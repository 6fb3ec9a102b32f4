import type { Effect } from "effect"
import type { AutoFamily } from "../../model/auto/Guide.ts"
import { effectOf, type FailsWith, type Needs, type Part, type ResultOf } from "../../model/Body.ts"
import type {
  AnyGuideRecord,
  AnyProgram,
  Automatic,
  CheckGuide,
  CheckRecord,
  Guided,
  GuideRecord,
  Inputs,
  Latents,
  Observations,
  OnlySites,
  SiteNames,
  Streamable
} from "../../model/Guided.ts"
import type { Calibration } from "../diagnose/Calibration.ts"
import { type CalibrateOptions, calibrateGuide } from "../diagnose/calibrateGuide.ts"
import type { Diagnosis } from "../diagnose/Diagnosis.ts"
import { type DiagnoseOptions, diagnoseFit } from "../diagnose/diagnoseFit.ts"
import { deriveFor } from "../fit/deriveFor.ts"
import type { Learned, Problem } from "../fit/Learned.ts"
import { type FitOptions, planSettingsOf } from "../fit/options.ts"
import { type EngineLayer, runOn, withoutEngine } from "../fit/promised.ts"
import { posteriorAsPrior } from "../fitted/asPrior.ts"
import type { AllDraws, GlobalSites, GlobalValues, LogLikelihood, Simulated } from "../fitted/draws.ts"
import { type Exports, exporting } from "../fitted/exported.ts"
import { type DrawOptions, type Fitted, fitted, type Result } from "../fitted/fitted.ts"
import { type PredictOptions, predictFrom } from "../fitted/predict.ts"
import { type ProgramPart, programParts } from "../fitted/programParts.ts"
import type { Plan } from "../plan/Plan.ts"
import { type ProgramData, prepare, shapesOf } from "../run/prepared.ts"
import type { FitData } from "../run/streamed.ts"
import { type AutoOptions, automatic } from "./automatic.ts"
import { explained, type Fittable, fittable, type Loadable, loadable } from "./fittable.ts"
import { type Proposing, proposing } from "./proposing.ts"
import { type Sampleable, sampleable } from "./sampling.ts"

/** The options of a fit that a plan depends on. */
export type PlanOptions<N extends string = string> = Pick<FitOptions<N>, "particles" | "estimators" | "objective">

/** A program waiting for its guide: its result `A`, its latent sites `L`, its observations `O`, all its sites `R`. */
export interface Program<out A, L, O, R> extends Sampleable<L, O, R> {
  /**
   * The guide as a record: for each latent site a distribution, for a plate with latent sites a function of its row.
   * (`G` is given no constraint: with one, a record of nothing but functions of rows is inferred as the constraint, and goes unchecked.)
   */
  readonly guide: <const G>(make: () => GuideRecord<L> & G & CheckRecord<L, G>) => GuidedProgram<L, O, R>
  /** The guide as a program with exactly the model's latent sites, for posteriors in which they depend on each other. */
  readonly guideWith: <P extends Part>(make: () => P & CheckGuide<L, Needs<P>, FailsWith<P>>) => GuidedProgram<L, O, R>
  /**
   * A guide that is made from a first run of the model alone: a family of {@link Guide} (`Guide.normal()`, AutoNormal), or options. Its parameters are called `auto.SITE.loc`,
   * `auto.SITE.scale`, … Fails while it is recorded, with GuideMismatch, for a discrete site, or one whose support moves with another site: guide these in `except`.
   *
   * @example
   * ```ts
   * const line = program(Effect.flatMap(sample("w", HalfNormal(1)), (w) => observe("y", Normal(w, 0.5))))
   * const mode = line.autoGuide(Guide.delta())
   * const by = line.autoGuide({ family: Guide.normal({ scale: 0.5 }), init: { w: 2 } })
   * const own = line.autoGuide({ except: () => ({ w: LogNormal(param("w.loc", 0), 0.1) }) })
   * ```
   */
  readonly autoGuide: <const G = Record<never, never>>(
    how?: AutoFamily | AutoOptions<L, G>
  ) => Automatic<L, G, GuidedProgram<L, O, R>>
  /** the program itself, to be yielded inside of another one */
  readonly effect: Effect.Effect<A, never, R>
}

/** A program with its guide, ready to be fitted. Losses are totals over all rows, in nats. */
export interface GuidedProgram<L, O, R>
  extends Fittable<O, FittedProgram<L, O, R>, Streamable<O>, SiteNames<L>>,
    Loadable<FittedProgram<L, O, R>> {
  /** How the objective and its gradient will be estimated, and why: the data give the shapes. */
  readonly explain: (data: O, options?: PlanOptions<SiteNames<L>>) => Plan
  /**
   * Simulation-based calibration (Talts et al. 2018): whether the guide, fitted so, is right on average over data that the model makes itself. True values are drawn from the prior and data from the model,
   * the guide is fitted to each data set, all of them in one compiled graph, and each true value is ranked among draws of its guide. The ranks are uniform for an exact posterior. It prints as a table
   * that says which sites are biased, too narrow or too wide, with advice (docs/trust.md).
   *
   * @param inputs the fields of the rows of each plate; for rows without fields how many there are, as for `simulate`. Each step reads all rows
   * @throws the errors of `simulate` and `fit`, and GuideMismatch for a model with parameters, which have no prior
   * @example
   * ```ts
   * const height = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 1))
   *   yield* plate("people", () => observe("height", Normal(mu, 1)))
   * }).guide(() => ({ mu: Normal(param("loc", 0), 0.1) })) // the posterior of four has an sd of 0.45
   * const told = await height.calibratePromise({ people: 4 }, { epochs: 100, learningRate: 0.1 })
   * told.numbers[0]?.differences[0] // => "too narrow"
   * console.log(`${told}`)
   * ```
   */
  readonly calibrate: (inputs: Inputs<R>, options?: CalibrateOptions<SiteNames<L>>) => Result<Calibration>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly calibratePromise: (
    inputs: Inputs<R>,
    options?: CalibrateOptions<SiteNames<L>> & { readonly engine?: EngineLayer }
  ) => Promise<Calibration>
}

/** A fitted program: plain numbers, and methods that compile what they need on the engine that they are given. */
export interface FittedProgram<L, O, R> extends Fitted<L, O>, Exports<ProgramPart>, Proposing<L, O, R> {
  /**
   * `n` joint draws given data: of all latent sites from the guide, of the sites that the model sums out given these, and of computed values that do not depend on one that is summed out. Those in a
   * plate come for each of its rows.
   */
  readonly posterior: (data: O, n: number, options?: DrawOptions) => Result<AllDraws<L, R>>
  readonly logLikelihood: (data: O, n: number, options?: DrawOptions) => Result<LogLikelihood<R>>
  /**
   * `n` joint draws of new rows from the posterior predictive: latent sites outside of plates from the guide, those in plates from their priors, then what is observed, which is not
   * read. Rows that were fitted have draws of their own latent sites in `posterior`.
   */
  readonly predict: (inputs: Inputs<R>, n: number, options?: PredictOptions) => Result<Simulated<R>>
  /**
   * The posterior as the prior of the next batch: a program that samples the latent sites outside of plates from the guide, with what was learned as constants. It stands in the place of these `sample`s
   * in a program for more data. Latent sites in plates belong to rows that were fitted, and new rows have their own. When it runs, GuideMismatch for a guide that is a point, or a joint one of
   * `autoGuide`, whose sites have no densities of their own.
   *
   * @example
   * ```ts
   * const rows = (mu: Tensor<readonly []>) => plate("rows", () => observe("y", Normal(mu, 1)))
   * const first = program(function* () {
   *   yield* rows(yield* sample("mu", Normal(0, 1)))
   * }).guide(() => ({ mu: Normal(param("loc", 0), param.positive("scale", 1)) }))
   * const fitted = await first.fitPromise({ rows: { y: Data.of([1, 2], []) } }, { epochs: 1, progress: false })
   * const posterior = fitted.asPrior()
   * const second = program(function* () {
   *   const { mu } = yield* posterior.effect
   *   yield* rows(mu)
   * }).guide(() => ({ mu: Normal(param("loc", 0), param.positive("scale", 1)) }))
   * ```
   */
  readonly asPrior: () => Posterior<R>
  /**
   * Whether to trust the fit: its guide against the posterior by Pareto smoothed importance weights (Vehtari et al. 2024; Yao et al. 2018), number by number; the ELBO and the log evidence with their
   * standard errors, the KL of each site, and posterior predictive checks. It prints as tables with a verdict and advice (docs/trust.md). Fails with GuideMismatch for a guide that is a point, and with
   * NonFiniteLoss where log p − log q is not a number.
   *
   * @example
   * ```ts
   * const normalMean = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 1))
   *   yield* observe("y", Normal(mu, 1))
   * }).guide(() => ({ mu: Normal(param("loc", 1), param.positive("scale", 0.3)) }))
   * const data = { y: Tensor.of([], tf.scalar(2)) }
   * const fitted = await normalMean.fitPromise(data, { epochs: 1, progress: false, optimizer: Optimizer.sgd(0) })
   * const told = await fitted.diagnose(data, { draws: 4000 }) // the posterior is N(1, ½)
   * told.numbers[0]?.differences[0] // => "too narrow"
   * console.log(`${told}`)
   * ```
   */
  readonly diagnose: (data: O, options?: DiagnoseOptions) => Result<Diagnosis>
}

/** The latent sites of a fit outside of plates, as a program of their own that gives their values by name. */
export interface Posterior<R>
  extends Program<GlobalValues<R>, Latents<GlobalSites<R>>, Observations<GlobalSites<R>>, GlobalSites<R>> {}

/**
 * A probabilistic program: a generator function that yields its sites, or an Effect whose only requirements are sites.
 *
 * @example
 * ```ts
 * const regression = program(function* () {
 *   const w = yield* sample("w", Normal(0, 1).iid(3))
 *   yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), 0.5)))
 * })
 * const guided = regression.guideWith(function* () {
 *   yield* sample("w", Normal(param("w.loc", [3]), param.positive("w.scale", [3])))
 * })
 * ```
 */
export const program = <P extends Part = never, A = never, E = never, R = never>(
  body: (() => P & OnlySites<Needs<P>, FailsWith<P>>) | (Effect.Effect<A, E, R> & OnlySites<R, E>)
): Program<ResultOf<P> | A, Latents<Needs<P> | R>, Observations<Needs<P> | R>, Needs<P> | R> => {
  return programOn(programOf(body))
}

/** The types of the sites are those of the caller. */
const programOn = <A, L, O, R>(source: AnyProgram): Program<A, L, O, R> => {
  return {
    ...sampleable<L, O, R>(source),
    effect: source as Effect.Effect<A, never, R>,
    guide: (make) => guidedBy({ model: source, guide: { kind: "record", make: make as () => AnyGuideRecord } }),
    guideWith: (make) =>
      guidedBy({ model: source, guide: { kind: "program", make: () => programOf(make as () => Part) } }),
    autoGuide: (how = {}) => guidedAutomatically(source, how)
  }
}

/** The types say that it asks for nothing but sites and cannot fail. */
const programOf = (body: (() => Part) | Effect.Effect<unknown, unknown, unknown>): AnyProgram =>
  (typeof body === "function" ? effectOf(body) : body) as AnyProgram

const guidedBy = <L, O, R>(guided: Guided): GuidedProgram<L, O, R> => {
  const problem: Problem = { guided: () => guided, per: "total" }
  return guidedProgram(guided.model, problem, problem)
}

/** The types say whether each site can be guided so; at run time an error says it. */
const guidedAutomatically = <L, O, R, G>(
  source: AnyProgram,
  how: AutoFamily | AutoOptions<L, G>
): Automatic<L, G, GuidedProgram<L, O, R>> =>
  guidedProgram<L, O, R>(source, ...automatic(source, how)) as Automatic<L, G, GuidedProgram<L, O, R>>

/** `last` is the problem that fitted values, and files of them, are of. */
const guidedProgram = <L, O, R>(source: AnyProgram, problem: Problem, last: Problem): GuidedProgram<L, O, R> => {
  const toData = (data: O): ProgramData => data as ProgramData
  const toStreams = (data: Streamable<O>): FitData => data as FitData
  const finish = (learned: Learned): FittedProgram<L, O, R> => {
    const shared = fitted<L, O>(learned, toData)
    return {
      ...shared,
      ...exporting(learned, programParts(learned)),
      posterior: (data, n, options) => shared.posterior(data, n, options) as Result<AllDraws<L, R>>,
      logLikelihood: (data, n, options) => shared.logLikelihood(data, n, options) as Result<LogLikelihood<R>>,
      predict: (inputs, n, options) => predictFrom(learned, inputs, n, options) as Result<Simulated<R>>,
      asPrior: () => programOn(posteriorAsPrior(learned)),
      diagnose: (data, options = {}) => diagnoseFit(learned, () => toData(data), options),
      ...proposing<L, O, R>(learned)
    }
  }
  const calibrate: GuidedProgram<L, O, R>["calibrate"] = (inputs, options = {}) =>
    calibrateGuide(problem, source, inputs, options)
  return {
    calibrate,
    calibratePromise: async (inputs, given = {}) => {
      const { engine, options } = withoutEngine(given)
      return runOn(calibrate(inputs, options), engine)
    },
    ...fittable<O, FittedProgram<L, O, R>, Streamable<O>, SiteNames<L>>(
      problem,
      { held: toData, streamed: toStreams },
      finish
    ),
    explain: (data, options = {}) =>
      explained(() => deriveFor(problem, shapesOf(prepare(toData(data))), planSettingsOf(options)).decisions.plan),
    ...loadable(last, finish)
  }
}
