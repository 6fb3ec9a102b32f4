import type { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { AnyProgram, EnumeratedNames, InitFor } from "../../model/Guided.ts"
import { type EngineLayer, type Promised, promised, runOn, withoutEngine } from "../fit/promised.ts"
import type { GibbsDraws, GibbsOptions } from "../mcmc/gibbs/GibbsDraws.ts"
import { gibbsSample } from "../mcmc/gibbs/gibbsSample.ts"
import { hmcSample } from "../mcmc/hmcSample.ts"
import type { HmcOptions } from "../mcmc/hmcSettings.ts"
import { metropolisSample } from "../mcmc/metropolisSample.ts"
import type { MetropolisOptions } from "../mcmc/metropolisSettings.ts"
import { nutsSample } from "../mcmc/nutsSample.ts"
import type { Approximated } from "../mcmc/pathfinder/Approximated.ts"
import { pathfinderSample } from "../mcmc/pathfinder/pathfinderSample.ts"
import type { PathfinderOptions } from "../mcmc/pathfinder/pathfinderSettings.ts"
import type { Sampled } from "../mcmc/Sampled.ts"
import type { NutsOptions } from "../mcmc/settings.ts"
import { smcSample } from "../mcmc/smc/smcSample.ts"
import type { SmcOptions } from "../mcmc/smc/smcSettings.ts"
import type { Tempered } from "../mcmc/smc/Tempered.ts"
import type { SteinDraws } from "../mcmc/stein/SteinDraws.ts"
import { steinSample } from "../mcmc/stein/steinSample.ts"
import type { SteinOptions } from "../mcmc/stein/steinSettings.ts"
import type { ProgramData } from "../run/prepared.ts"
import { inSpan } from "../run/spans.ts"

export type { SteinDraws, SteinFacts } from "../mcmc/stein/SteinDraws.ts"
export type { SteinOptions } from "../mcmc/stein/steinSettings.ts"

/** What needs no guide: ways to draw from the posterior of a program with latent sites `L`, observations `O` and sites `R`. */
export interface Sampleable<L, O, R> {
  /**
   * Draws all latent sites from their posterior given data by the No-U-Turn sampler, without a guide: chains in one compiled graph, with a warm-up that learns step size and metric as Stan does. Sites that the
   * program sums out (`enumerate`) are summed out, and drawn given the others. Fails before any work with InvalidOption for wrong options, the errors of `fit` for data, and GuideMismatch for
   * a discrete site that is not summed out, one in a branch, or a parameter (`param`), which a sampler does not learn.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * })
   * const sampled = await centre.nutsPromise({ rows: { y: Data.of([1, 2, 3], []) } }, { draws: 200, warmup: 200, progress: false })
   * sampled.draws.mu.shape // => [800]
   * console.log(`${sampled}`) // mean, sd, quantiles, effective sample sizes, R-hat
   * ```
   */
  readonly nuts: (data: O, options?: NutsOptions<InitFor<L>>) => Effect.Effect<Sampled<L, R>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly nutsPromise: (
    data: O,
    options?: NutsOptions<InitFor<L>> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<Sampled<L, R>>>
  /**
   * The same by Hamiltonian Monte Carlo with trajectories of a learned or given length (ChEES: Hoffman, Radul and Sountsov 2021): for many chains, which move in step and share one warm-up, so that a short one is
   * enough. Fails with the errors of `nuts`.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * })
   * const data = { rows: { y: Data.of([1, 2, 3], []) } }
   * const sampled = await centre.hmcPromise(data, { chains: 32, warmup: 100, draws: 20, progress: false })
   * sampled.draws.mu.shape // => [640]
   * console.log(sampled.trajectory, `${sampled}`)
   * ```
   */
  readonly hmc: (data: O, options?: HmcOptions<InitFor<L>>) => Effect.Effect<Sampled<L, R>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly hmcPromise: (
    data: O,
    options?: HmcOptions<InitFor<L>> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<Sampled<L, R>>>
  /**
   * The same by random-walk Metropolis, whose steps follow the covariance that the warm-up learns: for posteriors of a few numbers, and as a check of samplers that follow gradients. Its draws depend on each other for
   * some ten transitions for each number that is sampled, so that chains are longer. Fails with the errors of `nuts`.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * })
   * const data = { rows: { y: Data.of([1, 2, 3], []) } }
   * const sampled = await centre.metropolisPromise(data, { warmup: 500, draws: 1000, progress: false })
   * sampled.draws.mu.shape // => [4000]
   * ```
   */
  readonly metropolis: (
    data: O,
    options?: MetropolisOptions<InitFor<L>>
  ) => Effect.Effect<Sampled<L, R>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly metropolisPromise: (
    data: O,
    options?: MetropolisOptions<InitFor<L>> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<Sampled<L, R>>>
  /**
   * Draws from the posterior by sequential Monte Carlo (Del Moral, Doucet and Jasra 2006), without a guide: particles of the prior are weighed, resampled and moved at temperatures that lead to the
   * posterior. It finds modes that are far from each other, and gives log p(data) with its error. Fails with the errors of `nuts`.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * })
   * const data = { rows: { y: Data.of([1, 2, 3], []) } }
   * const found = await centre.smcPromise(data, { particles: 50, populations: 4, progress: false })
   * found.draws.mu.shape // => [200]
   * Number(Math.abs(found.logEvidence.mean + 6.8) < 1) // => 1
   * ```
   */
  readonly smc: (data: O, options?: SmcOptions) => Effect.Effect<Tempered<L, R>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly smcPromise: (
    data: O,
    options?: SmcOptions & { readonly engine?: EngineLayer }
  ) => Promise<Promised<Tempered<L, R>>>
  /**
   * Approximates the posterior by Pathfinder (Zhang, Carpenter, Gelman and Vehtari 2022), without a guide: paths of L-BFGS climb to modes, each draws from the best normal approximation on its way, and the
   * draws of all paths are resampled by Pareto smoothed importance weights. It takes far less time than `nuts`; `k` and `advice` say how far to trust it. Fails with the errors of `nuts`.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * })
   * const found = await centre.pathfinderPromise({ rows: { y: Data.of([1, 2, 3], []) } }, { draws: 200, progress: false })
   * found.draws.mu.shape // => [200]
   * Number(found.k < 0.7) // => 1
   * console.log(`${found}`) // mean, sd, quantiles
   * ```
   */
  readonly pathfinder: (
    data: O,
    options?: PathfinderOptions<InitFor<L>>
  ) => Effect.Effect<Approximated<L, R>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly pathfinderPromise: (
    data: O,
    options?: PathfinderOptions<InitFor<L>> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<Approximated<L, R>>>
  /**
   * Moves particles to the posterior by Stein variational gradient descent (Liu and Wang 2016), without a guide: with a kernel of the median bandwidth, on the real numbers. A few particles give good means; standard
   * deviations come out too small where there are many numbers (Ba et al. 2021). Fails with the errors of `nuts`.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * })
   * const moved = await centre.svgdPromise({ rows: { y: Data.of([1, 2, 3], []) } }, { particles: 30, iterations: 200 })
   * moved.draws.mu.shape // => [30]
   * console.log(`${moved}`) // mean, sd, quantiles
   * ```
   */
  readonly svgd: (data: O, options?: SteinOptions<InitFor<L>>) => Effect.Effect<SteinDraws<L, R>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly svgdPromise: (
    data: O,
    options?: SteinOptions<InitFor<L>> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<SteinDraws<L, R>>>
  /**
   * Draws the sites that are marked by `enumerate` from their posterior given data by Gibbs sampling (Geman and Geman 1984), one after the other given all others: for discrete sites that depend on each other in so many
   * ways that their sum is too large. A step draws a site from the factors that read it; in a plate all rows at once, or one after the other where a density reads them together (`collect`). Each draw is taken, and there is nothing to tune. Continuous sites beside them move by one transition
   * of NUTS before each sweep, given the discrete ones, with the warm-up of `nuts`. Discrete sites that hold each other in place are drawn together as `blocks`; R-hat and the effective sample size show where that is needed. Fails with the errors of `nuts` for data,
   * options and sites, and with GuideMismatch for a discrete site that is drawn by `sample`, one in a `scan` or in plates inside of plates, and more than 100 rows that are read together.
   *
   * @example
   * ```ts
   * const ring = program(function* () {
   *   const coins: Array<Tensor<readonly []>> = []
   *   for (const i of Array(8).keys()) coins.push(yield* enumerate(`coin${i}`, Bernoulli({ probs: 0.5 })))
   *   for (const [i, coin] of coins.entries())
   *     yield* factor(`pair${i}`, mul(1.5, mul(coin, coins[(i + 1) % 8] ?? coin)))
   * })
   * const swept = await ring.gibbsPromise({}, { draws: 50, progress: false })
   * swept.logDensity.length // => 200
   * console.log(`${swept}`) // mean, sd, quantiles, effective sample sizes, R-hat
   * ```
   */
  readonly gibbs: (
    data: O,
    options?: GibbsOptions<InitFor<L>, EnumeratedNames<R>>
  ) => Effect.Effect<GibbsDraws<L, R>, FitError, Engine>
  /** The same as a Promise, on `Engine.auto` unless told otherwise. */
  readonly gibbsPromise: (
    data: O,
    options?: GibbsOptions<InitFor<L>, EnumeratedNames<R>> & { readonly engine?: EngineLayer }
  ) => Promise<Promised<GibbsDraws<L, R>>>
}

/** The span of a sampler, with the options that are numbers or words. */
export const spanOf = (sampler: string, options: object) =>
  inSpan(
    `latent.${sampler}`,
    Object.fromEntries(
      Object.entries(Object(options)).filter(
        (option): option is [string, number | string] => typeof option[1] === "number" || typeof option[1] === "string"
      )
    )
  )

/** A sampler in a span of its own. It knows no types of sites. */
const spanned =
  <P extends object, A>(
    name: string,
    source: AnyProgram,
    draw: (source: AnyProgram, dataOf: () => ProgramData, options: P) => Effect.Effect<A, FitError, Engine>
  ) =>
  (data: unknown, options: object = {}): Effect.Effect<A, FitError, Engine> =>
    draw(source, () => data as ProgramData, options as P).pipe(spanOf(name, options))

/** A sampler that returns a Promise, and takes the engine among its options. */
const byPromise =
  <D, G extends { readonly engine?: EngineLayer }, A extends object>(
    draw: (data: D, options?: Omit<G, "engine">) => Effect.Effect<A, FitError, Engine>
  ) =>
  async (data: D, given?: G): Promise<Promised<A>> => {
    if (given === undefined) return promised(await runOn(draw(data)))
    const { engine, options } = withoutEngine(given)
    return promised(await runOn(draw(data, options), engine), engine)
  }

/** The types of the sites are those of the caller. */
export const sampleable = <L, O, R>(source: AnyProgram): Sampleable<L, O, R> => {
  type Samplers = Sampleable<L, O, R>
  const nuts = spanned("nuts", source, nutsSample) as Samplers["nuts"]
  const hmc = spanned("hmc", source, hmcSample) as Samplers["hmc"]
  const metropolis = spanned("metropolis", source, metropolisSample) as Samplers["metropolis"]
  const smc = spanned("smc", source, smcSample) as Samplers["smc"]
  const pathfinder = spanned("pathfinder", source, pathfinderSample) as Samplers["pathfinder"]
  const gibbs = spanned("gibbs", source, gibbsSample) as Samplers["gibbs"]
  const svgd = spanned("svgd", source, steinSample) as Samplers["svgd"]
  return {
    ...{ nuts, nutsPromise: byPromise(nuts) },
    ...{ hmc, hmcPromise: byPromise(hmc) },
    ...{ metropolis, metropolisPromise: byPromise(metropolis) },
    ...{ smc, smcPromise: byPromise(smc) },
    ...{ pathfinder, pathfinderPromise: byPromise(pathfinder) },
    ...{ gibbs, gibbsPromise: byPromise(gibbs) },
    ...{ svgd, svgdPromise: byPromise(svgd) }
  }
}
