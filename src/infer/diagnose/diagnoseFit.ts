import { Effect } from "effect"
import { placeIn } from "../../data/shownRows.ts"
import { type FitError, InvalidOption } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Checks, checkOptions, count, whole } from "../fit/checkOptions.ts"

import type { Learned } from "../fit/Learned.ts"
import { dataFor } from "../fitted/fitted.ts"
import { medianOf } from "../fitted/moments.ts"
import { effectiveSize, largestGood, logMeanWeight, normalised, psis } from "../fitted/psis.ts"
import { mustBeNumbers, mustBeWeighable, type WeighedDraws, weighedDraws } from "../fitted/weighedDraws.ts"
import { latentSites } from "../joint/Joint.ts"
import { attempt } from "../run/attempt.ts"
import type { Prepared, ProgramData } from "../run/prepared.ts"
import { adviceFor } from "./advice.ts"
import { compareSites } from "./compareSites.ts"
import { type Diagnosis, diagnosis, type WeightTails } from "./Diagnosis.ts"
import { type Drawn, densityPicture } from "./densityPicture.ts"
import { gradientNoise } from "./gradientNoise.ts"
import { mostPanels } from "./panels.ts"
import { mustBeStatistics, predictiveChecks, type Statistic } from "./predictiveChecks.ts"
import { unitUse } from "./unitUse.ts"
import { type Estimate, estimateOf } from "./Verification.ts"

export interface DiagnoseOptions {
  /** draws of all latent values (10,000 for small data, at least 1,000) */
  readonly draws?: number
  /** of the draws (that of the fit) */
  readonly seed?: number
  /** more numbers for the predictive checks, by name: of all numbers of an observed site, row after row, such as the share of zeros */
  readonly statistics?: Readonly<Record<string, Statistic>>
}

const checks: Checks<DiagnoseOptions> = {
  seed: whole,
  statistics: mustBeStatistics,
  draws: (option, value) => {
    count(option, value)
    if (value < 100)
      throw new InvalidOption({ option, value: String(value), expected: "at least 100, for the shape of a tail" })
  }
}

/** Draws from the guide of a fit, weighs the draws by log p − log q, and says what the weights tell of the guide. */
export const diagnoseFit = (
  learned: Learned,
  toData: () => ProgramData,
  options: DiagnoseOptions
): Effect.Effect<Diagnosis, FitError, Engine> =>
  Effect.gen(function* () {
    const joint = learned.derived.sampled
    yield* attempt(() => {
      checkOptions(options, checks)
      mustBeWeighable(joint)
    })
    const data = yield* dataFor(learned, toData)
    const n = options.draws ?? affordable(data)
    const from = { data, parameters: learned.parameters, n, seed: options.seed ?? learned.seed }
    const drawn = yield* Effect.mapError(weighedDraws(joint, from), inOptions)
    yield* mustBeNumbers(drawn, learned.parameters)
    const smoothed = drawn.logWeights.map(psis)
    const logWeights = smoothed.map((each) => each.logWeights)
    const per = learned.problem.per === "datum" ? Math.max(1, ...Object.values(data.sizes)) : 1
    const added = (estimates: ReadonlyArray<Estimate>): Estimate => ({
      mean: (estimates.reduce((sum, { mean }) => sum + mean, 0) + drawn.beside) / per,
      error: Math.sqrt(estimates.reduce((sum, { error }) => sum + error ** 2, 0)) / per
    })
    const use = yield* unitUse(learned, drawn.sites, from)
    const gradients = yield* gradientNoise(learned, from)
    const predictive = yield* predictiveChecks(learned, joint, from, options.statistics)
    const found = {
      draws: n,
      tails: tailsOf(
        drawn,
        smoothed.map(({ k }) => k),
        logWeights
      ),
      elbo: added(drawn.logWeights.map(estimateOf)),
      logEvidence: added(smoothed.map(({ logWeights, k }) => logMeanWeight(logWeights, k))),
      ...compareSites(drawn, smoothed),
      use,
      gradients,
      ...predictive,
      picture: densityPicture(picturesOf(drawn, logWeights))
    }
    return diagnosis(found, adviceFor({ sites: latentSites(joint), per: learned.problem.per }))
  })

/** Draws that do not fit in memory, in the words of the options of a diagnosis. */
const inOptions = (error: FitError): FitError =>
  error._tag === "InvalidOption" && error.option === "n"
    ? new InvalidOption({
        ...{ option: "draws", value: error.value },
        expected: `fewer rows of data, a hundred of a plate say enough, or ${error.expected.split(",")[0]}`
      })
    : error

/** Ten thousand draws, fewer where each reads many rows. */
const affordable = ({ sizes }: Prepared): number =>
  Math.round(Math.min(10_000, Math.max(1000, 4e5 / Math.max(1, ...Object.values(sizes)))))

const tailsOf = (
  drawn: WeighedDraws,
  ks: ReadonlyArray<number>,
  logWeights: ReadonlyArray<Float64Array>
): WeightTails => {
  const plate = drawn.shared.at(-1)
  return {
    k: medianOf(ks),
    threshold: largestGood(drawn.n),
    effective: medianOf(logWeights.map(effectiveSize)),
    rows:
      plate === undefined
        ? undefined
        : { plate, k: Float64Array.from(ks), bad: ks.filter((k) => !(k <= 0.7)).length / ks.length }
  }
}

/** The first numbers; of rows that are weighed one by one those of the first row. */
const picturesOf = (
  { sites, n, shared }: WeighedDraws,
  logWeights: ReadonlyArray<Float64Array>
): ReadonlyArray<Drawn> => {
  const weights = normalised(logWeights[0] ?? new Float64Array())
  return sites
    .flatMap(({ site, draws: { values, event } }) => {
      const width = sizeOf(event)
      return Array.from(
        { length: Math.min(width / (shared.length === 0 ? 1 : logWeights.length), mostPanels) },
        (_, i) => ({
          label: `${site.name}${placeIn(event, i)}`,
          draws: Float64Array.from({ length: n }, (_, draw) => values[draw * width + i] ?? Number.NaN),
          weights
        })
      )
    })
    .slice(0, mostPanels)
}
