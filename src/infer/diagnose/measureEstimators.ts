import { Effect } from "effect"
import { type EngineUnavailable, type FitError, InvalidOption } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Estimator } from "../estimator/Estimator.ts"
import { estimators } from "../estimator/inOrder.ts"
import { straightThrough } from "../estimator/straightThrough.ts"
import { checkData } from "../fit/checkData.ts"
import { count } from "../fit/checkOptions.ts"
import type { Derived } from "../fit/derive.ts"
import { deriveFor, mustReadWhole } from "../fit/deriveFor.ts"
import type { Problem } from "../fit/Learned.ts"
import { type FitOptions, mustKnow, type Settings, settingsOf } from "../fit/options.ts"
import { startingAt } from "../fit/startingAt.ts"
import { inWords, inWordsOf } from "../fit/words.ts"
import { latentSites } from "../joint/Joint.ts"
import { attempt, attemptInTurns } from "../run/attempt.ts"
import { type Prepared, type ProgramData, prepare, shapesOf } from "../run/prepared.ts"
import type { Manner } from "../run/Training.ts"
import { gradientMoments, varianceIn } from "./gradientMoments.ts"
import { bestOf, type MeasuredEstimator, type Measurement, measurement } from "./Measurement.ts"

/** The options of a measurement. Every entry has a default. Entries that a fit has, too, have the same meaning. */
export interface MeasureOptions<N extends string = string>
  extends Pick<FitOptions<N>, "batchSize" | "particles" | "seed" | "estimators" | "objective" | "start"> {
  /** gradients of each estimator (1000) */
  readonly steps?: number
}

/**
 * Measures the estimators that apply at each latent site, one site after the other, with the best found at those before and the plan's choice at those behind: the variance of the gradient where a
 * fit begins, and the time of a step. What is best at one site may not be together with the best at another, such as two sums over many values. A site that `estimators` names keeps its own.
 */
export const measureEstimators = (
  problem: Problem,
  toData: () => ProgramData,
  options: MeasureOptions
): Effect.Effect<Measurement, FitError, Engine> =>
  Effect.gen(function* () {
    const settings = yield* attempt(() => settingsFrom(options))
    const data = yield* attempt(() => inWordsOf(problem, "data", () => prepare(toData())))
    const shapes = yield* attempt(() => problem.shapes?.() ?? shapesOf(data))
    const derive = (each: Settings["estimators"]): Derived =>
      deriveFor(problem, shapes, { ...settings, estimators: each })
    const derived = yield* attempt(() => derive(settings.estimators))
    yield* Effect.mapError(
      attemptInTurns(() => checkData(derived, data)),
      inWords(problem, "data")
    )
    yield* attempt(() => mustReadWhole(derived, data, settings))
    const from = yield* attempt(() => startingAt(derived, data, settings.start))
    const measure = (each: Derived, slowest: number) =>
      moments(each, data, settings, { per: problem.per, from, slowest })
    const chosen = new Map(derived.decisions.estimators)
    let current = { derived, moments: yield* measure(derived, Number.POSITIVE_INFINITY) }
    const slowest = Math.max(tooSlow * current.moments.milliseconds, shortest)
    const rows: Array<Omit<MeasuredEstimator, "isBest">> = []
    for (const { name, blocked } of latentSites(derived.joint)) {
      const own = chosen.get(name)
      if (own === undefined || blocked) continue
      const ofSite: Array<Omit<MeasuredEstimator, "isBest"> & typeof current> = []
      for (const estimator of Object.hasOwn(settings.estimators, name) ? [own] : candidates(own)) {
        const isPlanned = estimator === own
        const found = isPlanned
          ? current
          : yield* applicable(
              Effect.gen(function* () {
                const other = yield* attempt(() => derive({ ...Object.fromEntries(chosen), [name]: estimator }))
                return { derived: other, moments: yield* measure(other, slowest) }
              })
            )
        if (found === undefined || found.moments.variance === unknown) continue
        const { variance, milliseconds } = found.moments
        const control = found.derived.decisions.plan.sites.find(({ site }) => site === name)?.control
        ofSite.push({
          ...{ ...found, site: name, estimator, control, variance, milliseconds },
          ...{ cost: variance * milliseconds, isPlanned }
        })
      }
      const best = bestOf(ofSite)
      chosen.set(name, best.estimator)
      current = best
      rows.push(...ofSite.map(({ derived, moments, ...row }) => row))
    }
    return measurement(rows, settings.steps)
  })

/** The estimators that may be compared with the one that a plan has: those of the list without a bias, and its own. */
const candidates = (own: Estimator): ReadonlyArray<Estimator> =>
  [...new Set([own, ...estimators])].filter((each) => each === own || each !== straightThrough)

/** An estimator whose steps take so many times those of the plan, and so many milliseconds, is no choice: even without variance it gets too few of them. */
const [tooSlow, shortest] = [20, 5]

/** The variance of an estimator that was given up. */
const unknown = Number.POSITIVE_INFINITY

/** An estimator that is refused at a site, that would need too much memory, or whose gradient is not finite, does not apply there. */
const applicable = <A, R>(
  measured: Effect.Effect<A, FitError, R>
): Effect.Effect<A | undefined, EngineUnavailable, R> =>
  Effect.catch(measured, (error) =>
    error._tag === "EngineUnavailable" ? Effect.fail(error) : Effect.succeed(undefined)
  )

type MeasureSettings = Settings & { readonly steps: number }

const settingsFrom = (options: MeasureOptions): MeasureSettings => {
  mustKnow(options, ["steps", "batchSize", "particles", "seed", "estimators", "objective", "start"])
  const { steps = 1000, ...fit } = options
  if (count("steps", steps) < 100)
    throw new InvalidOption({ option: "steps", value: String(steps), expected: "at least 100, for a variance" })
  const settings = { ...settingsOf(fit), steps }
  if (settings.objective.scalars !== undefined)
    throw new InvalidOption({
      option: "objective",
      value: settings.objective.name,
      expected: "one that does not change from step to step, such as Objective.beta(0.5)"
    })
  if (settings.objective.logQ === "given")
    throw new InvalidOption({
      option: "objective",
      value: settings.objective.name,
      expected: "one whose sites have estimators, such as Objective.elbo"
    })
  return settings
}

/** The moments of the gradient that a derived problem's fit would follow. */
const moments = (
  { loss }: Derived,
  data: Prepared,
  { steps, ...settings }: MeasureSettings,
  manner: Required<Pick<Manner, "per" | "from">> & { readonly slowest: number }
): Effect.Effect<MomentsOfGradient, FitError, Engine> =>
  Effect.map(gradientMoments(loss, data, settings, { ...manner, steps }), (found) => ({
    milliseconds: found.milliseconds,
    variance: found.variances === undefined ? unknown : varianceIn(Object.values(found.variances))
  }))

interface MomentsOfGradient {
  readonly variance: number
  readonly milliseconds: number
}
