import type { Learned } from "../fit/Learned.ts"
import type { Result } from "../fitted/fitted.ts"
import { guidedSmc } from "../mcmc/proposal/guidedSmc.ts"
import { importanceSample } from "../mcmc/proposal/importanceSample.ts"
import { independenceSample } from "../mcmc/proposal/independenceSample.ts"
import type { ImportanceDraws, IndependenceDraws } from "../mcmc/proposal/Proposed.ts"
import type { ImportanceOptions, IndependenceOptions } from "../mcmc/proposal/proposalSettings.ts"
import type { SmcOptions } from "../mcmc/smc/smcSettings.ts"
import type { Tempered } from "../mcmc/smc/Tempered.ts"
import type { ProgramData } from "../run/prepared.ts"
import { spanOf } from "./sampling.ts"

/** Ways from the guide of a fit to the posterior, for a program with latent sites `L`, observations `O` and sites `R`. */
export interface Proposing<L, O, R> {
  /**
   * Draws all latent sites from their posterior given data by independence Metropolis–Hastings (Tierney 1994, section 2.3.3): a draw of the guide is taken with probability min(1, w' / w), where w = p(data, value) /
   * q(value). It needs no gradients, so that discrete sites may be among those that the guide draws. Parameters of the model have their fitted values. Where all latent sites stand in one plate, each of its rows has a
   * chain of its own. Fails with InvalidOption for wrong options, and with the errors of `diagnose`; with GuideMismatch for sites in plates inside of plates.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * }).guide(() => ({ mu: Normal(param("loc", 2), 0.7) })) // the posterior is N(2, 0.58²)
   * const data = { rows: { y: Data.of([1, 2, 3], []) } }
   * const fitted = await centre.fitPromise(data, { epochs: 20, progress: false })
   * const sampled = await fitted.metropolis(data, { draws: 500 })
   * sampled.draws.mu.shape // => [2000]
   * Number((sampled.acceptance[0] ?? 0) > 0.5) // => 1
   * console.log(`${sampled}`) // mean, sd, quantiles, effective sample sizes, R-hat
   * ```
   */
  readonly metropolis: (data: O, options?: IndependenceOptions) => Result<IndependenceDraws<L, R>>
  /**
   * Draws all latent sites from their posterior given data by importance resampling (Rubin 1988), with the Pareto smoothed weights that `diagnose` judges: `k` and `advice` say how far to trust them. Fails with the
   * errors of `metropolis`.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * }).guide(() => ({ mu: Normal(param("loc", 2), 0.7) }))
   * const data = { rows: { y: Data.of([1, 2, 3], []) } }
   * const fitted = await centre.fitPromise(data, { epochs: 20, progress: false })
   * const drawn = await fitted.importance(data, { draws: 200 })
   * drawn.draws.mu.shape // => [200]
   * Number(Math.abs(drawn.logEvidence.mean + 6.63) < 0.1) // => 1
   * ```
   */
  readonly importance: (data: O, options?: ImportanceOptions) => Result<ImportanceDraws<L, R>>
  /**
   * Draws from the posterior by sequential Monte Carlo, as `smc` of the program, whose particles begin at the guide instead of the prior: at the normal on the real numbers that has the mean and covariance of its draws.
   * A good guide leaves one or two temperatures; a poor one leaves more, and the draws are right all the same. Parameters of the model have their fitted values; the seed is that of the fit unless given. Fails with the errors of `smc`, and with GuideMismatch
   * for a guide that is a point.
   *
   * @example
   * ```ts
   * const centre = program(function* () {
   *   const mu = yield* sample("mu", Normal(0, 10))
   *   yield* plate("rows", () => observe("y", Normal(mu, 1)))
   * }).guide(() => ({ mu: Normal(param("loc", 2), 0.7) }))
   * const data = { rows: { y: Data.of([1, 2, 3], []) } }
   * const fitted = await centre.fitPromise(data, { epochs: 20, progress: false })
   * const found = await fitted.smc(data, { particles: 50, populations: 4, progress: false })
   * found.temperatures // => [0, 1]
   * Number(Math.abs(found.logEvidence.mean + 6.63) < 0.2) // => 1
   * ```
   */
  readonly smc: (data: O, options?: SmcOptions) => Result<Tempered<L, R>>
}

/** The types of the sites are those of the caller. */
export const proposing = <L, O, R>(learned: Learned): Proposing<L, O, R> => ({
  metropolis: (data, options = {}) =>
    independenceSample(learned, () => data as ProgramData, options).pipe(spanOf("independence", options)) as Result<
      IndependenceDraws<L, R>
    >,
  importance: (data, options = {}) =>
    importanceSample(learned, () => data as ProgramData, options).pipe(spanOf("importance", options)) as Result<
      ImportanceDraws<L, R>
    >,
  smc: (data, options = {}) =>
    guidedSmc(learned, () => data as ProgramData, options).pipe(spanOf("guidedSmc", options)) as Result<Tempered<L, R>>
})
