import { Effect } from "effect"
import { placeIn } from "../../data/shownRows.ts"
import { type FitError, GuideMismatch, InvalidOption, NonFiniteLoss } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import type { AnyProgram } from "../../model/Guided.ts"
import { fill } from "../../tensor/random.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { betweenZeroAndOne, count } from "../fit/checkOptions.ts"
import { deriveFor } from "../fit/deriveFor.ts"
import type { Problem } from "../fit/Learned.ts"
import { type FitOptions, mustKnow, settingsOf } from "../fit/options.ts"
import { momentsOf } from "../fitted/moments.ts"
import type { Draws } from "../fitted/posterior.ts"
import { inputsOf } from "../fitted/simulate.ts"
import { type LatentSite, latentSites, observedSites } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { attempt } from "../run/attempt.ts"
import { shapesOf } from "../run/prepared.ts"
import { type Calibration, calibration, type Ranked } from "./Calibration.ts"
import type { ComparedPair } from "./compareSites.ts"
import { drawReplications, fitReplications } from "./replicated.ts"
import { dataOf, drawPrior, drawsAt, observedIn } from "./simulated.ts"
import { toReals } from "./toReals.ts"

/** The options of a calibration: those of the fits, with the same meaning and defaults; each step reads all rows. */
export interface CalibrateOptions<N extends string = string>
  extends Pick<
    FitOptions<N>,
    "epochs" | "learningRate" | "optimizer" | "particles" | "clipNorm" | "seed" | "objective" | "estimators"
  > {
  /** simulated data sets, each with a fit of its own (200) */
  readonly simulations?: number
  /** draws of each guide, among which the true value is ranked (109, so that ranks fall into eleven equal parts) */
  readonly draws?: number
  /** the chance of a false alarm, for all numbers together (0.01) */
  readonly level?: number
}

const fitNames = ["epochs", "learningRate", "optimizer", "particles", "clipNorm", "seed", "objective", "estimators"]

const checkedOptions = (options: CalibrateOptions) => {
  mustKnow(options, [...fitNames, "simulations", "draws", "level"])
  const { simulations = 200, draws = 109, level = 0.01, ...fit } = options
  if (count("simulations", simulations) < 50)
    throw new InvalidOption({
      ...{ option: "simulations", value: String(simulations) },
      expected: "at least 50, for a histogram of ranks"
    })
  if (count("draws", draws) < 10)
    throw new InvalidOption({
      option: "draws",
      value: String(draws),
      expected: "at least 10, among which values are ranked"
    })
  betweenZeroAndOne("level", level)
  const settings = settingsOf(fit)
  settings.objective.check?.(settings)
  return { simulations, draws, level, settings }
}

/**
 * Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman 2018): draws true values from the prior and data from the model, fits the guide to each data set, all in one compiled graph,
 * and ranks the true values among draws of the fitted guides.
 */
export const calibrateGuide = (
  problem: Problem,
  model: AnyProgram,
  inputs: unknown,
  options: CalibrateOptions
): Effect.Effect<Calibration, FitError, Engine> =>
  Effect.gen(function* () {
    const { simulations, draws, level, settings } = yield* attempt(() => {
      mustEndWithItsSteps(problem)
      return checkedOptions(options)
    })
    const given = yield* attempt(() => inputsOf(inputs))
    const { seed } = settings
    const truths = yield* drawPrior(model, given, simulations, seed + 1)
    const all = yield* attempt(() => observedIn(model, given))
    const shared = dataOf(all, given, truths, 0)
    const derived = yield* attempt(() => deriveFor(problem, shapesOf(shared), settings))
    const asked = new Set(observedSites(derived.sampled).flatMap(({ input }) => input ?? []))
    const data: Arrays = Object.fromEntries(
      all.flatMap(({ name, plates, input }) => {
        const values = asked.has(input) ? drawsAt(truths, plates, name)?.values : undefined
        return values === undefined ? [] : [[input, Float32Array.from(values)] as const]
      })
    )
    const replications = { count: simulations, shared, own: data }
    const parameters = yield* fitReplications(derived, settings, replications)
    const drawn = yield* drawReplications(derived.sampled, parameters, replications, { n: draws, seed: seed + 2 })
    const kept = finiteOnes(parameters, simulations)
    if (kept.length === 0)
      return yield* new NonFiniteLoss({
        ...{
          step: settings.epochs,
          epoch: settings.epochs,
          of: "update",
          site: "(all)",
          value: Number.NaN,
          parameters
        },
        ...{ term: "the update of every fit", parameter: Object.keys(parameters)[0] ?? "(none)" }
      })
    const columns = latentSites(derived.sampled)
      .filter(({ blocked }) => !blocked)
      .flatMap((site) => columnsOf(site, truths, drawn, { simulations, draws, kept }))
    return calibration({
      ...{ simulations: kept.length, failed: simulations - kept.length, draws, level },
      numbers: columns.map((column, i) => ranked(column, seed, i)),
      pairs: missedPairs(columns)
    })
  })

/** @throws GuideMismatch for a guide that a step of its own concludes, which is not one of the replicated ones */
const mustEndWithItsSteps = ({ conclude }: Problem): void => {
  if (conclude === undefined) return
  throw new GuideMismatch({
    site: "(program)",
    reason:
      "the guide is concluded by a step of its own after the fit (Guide.laplace), which is not repeated for many data sets at once. Calibrate another guide"
  })
}

/** The replications whose parameters are all finite. */
const finiteOnes = (parameters: Parameters, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => i).filter((i) =>
    Object.values(parameters).every((values) => {
      const size = values.length / count
      return values.subarray(i * size, (i + 1) * size).every(Number.isFinite)
    })
  )

/** The true values of one number, and the draws of each guide, on the real line. */
interface Column {
  readonly site: string
  readonly place: string
  readonly truths: Float64Array
  /** by data set, then by draw */
  readonly draws: ReadonlyArray<Float64Array>
}

/** So many numbers of one site are ranked. */
const mostOfSite = 20

const columnsOf = (
  { name, plates, prior }: LatentSite,
  truths: Draws,
  drawn: Arrays,
  {
    simulations,
    draws,
    kept
  }: { readonly simulations: number; readonly draws: number; readonly kept: ReadonlyArray<number> }
): ReadonlyArray<Column> => {
  const known = drawsAt(truths, plates, name)
  const values = own(drawn, name)
  if (known === undefined || values === undefined) return []
  const width = sizeOf(known.event)
  const forward = toReals(prior.support)
  return Array.from({ length: Math.min(width, mostOfSite) }, (_, at) => ({
    ...{ site: name, place: placeIn(known.event, at) },
    truths: Float64Array.from(kept, (i) => forward(known.values[i * width + at] ?? Number.NaN)),
    draws: kept.map((i) =>
      Float64Array.from({ length: draws }, (_, d) => forward(values[(d * simulations + i) * width + at] ?? Number.NaN))
    )
  }))
}

/** (true value − mean)/sd for each data set. */
const errorsOf = ({ truths, draws }: Column): Float64Array =>
  truths.map((truth, i) => {
    const { mean, sd } = momentsOf(draws[i] ?? new Float64Array())
    return (truth - mean) / sd
  })

/** Draws that equal the true value, as discrete ones may, stand on either side of it at random (Talts et al. 2018, section 4.2). */
const ranked = (column: Column, seed: number, stream: number): Ranked => {
  const { site, place, truths, draws } = column
  const ties = new Float32Array(truths.length)
  fill("uniform", ties, { seed, owner: "library", site: "ties of ranks", step: stream, lane: 0 })
  const ranks = Int32Array.from(truths, (truth, i) => {
    const all = draws[i] ?? new Float64Array()
    const below = all.reduce((sum, x) => sum + (x < truth ? 1 : 0), 0)
    const equal = all.reduce((sum, x) => sum + (x === truth ? 1 : 0), 0)
    return below + Math.floor((ties[i] ?? 0) * (equal + 1))
  })
  // of data sets far out in the tail of a prior the fit may not have ended: a few of them must not hide all others
  const errors = errorsOf(column).filter(Number.isFinite).sort()
  const quantile = (p: number): number => errors[Math.round(p * (errors.length - 1))] ?? Number.NaN
  const spread = (quantile(0.8413) - quantile(0.1587)) / 2
  // the standard error of a median of normal numbers
  const error = (Math.sqrt(Math.PI / 2) * spread) / Math.sqrt(errors.length)
  return { site, place, ranks, bias: { mean: quantile(0.5), error }, spread }
}

/** So many numbers are compared in pairs, so many pairs are told of, and by so much their correlation must differ. */
const [mostNumbers, mostPairs, leastCorrelation] = [40, 5, 0.3]

/** The errors (true value − mean)/sd have over data sets the average correlation of the posterior, taken of their ranks (Spearman's), in which no data set counts more than another; the draws of each guide have the guide's. */
const missedPairs = (columns: ReadonlyArray<Column>): ReadonlyArray<ComparedPair> => {
  const numbers = columns.slice(0, mostNumbers).map((column) => ({
    ...column,
    name: `${column.site}${column.place}`,
    errors: inOrder(errorsOf(column))
  }))
  return numbers
    .flatMap((a, i) =>
      numbers.slice(i + 1).flatMap((b): ReadonlyArray<ComparedPair> => {
        const weighted = correlation(a.errors, b.errors)
        const each = a.draws.map((draws, d) => correlation(draws, b.draws[d] ?? draws))
        const guide = each.reduce((sum, x) => sum + x, 0) / each.length
        const error = (1 - weighted ** 2) / Math.sqrt(a.errors.length)
        const isMissed = Math.abs(weighted - guide) > Math.max(leastCorrelation, 4 * error)
        return isMissed ? [{ between: [a.name, b.name], guide, weighted }] : []
      })
    )
    .toSorted((a, b) => Math.abs(b.weighted - b.guide) - Math.abs(a.weighted - a.guide))
    .slice(0, mostPairs)
}

/** The place of each value in increasing order. */
const inOrder = (values: Float64Array): Float64Array => {
  const order = Int32Array.from(values, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const places = new Float64Array(values.length)
  order.forEach((i, place) => {
    places[i] = place
  })
  return places
}

const correlation = (xs: Float64Array, ys: Float64Array): number => {
  const [x, y] = [momentsOf(xs), momentsOf(ys)]
  const products = xs.reduce((sum, each, i) => sum + (each - x.mean) * ((ys[i] ?? 0) - y.mean), 0)
  return products / (xs.length - 1) / (x.sd * y.sd)
}
