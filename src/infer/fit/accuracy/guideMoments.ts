import { Effect, type Scope } from "effect"
import { type FitError, GuideMismatch } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import { prune } from "../../../trace/passes/prune.ts"
import { type Joint, latentSites } from "../../joint/Joint.ts"
import { own } from "../../joint/names.ts"
import type { Parameters } from "../../joint/recordedWorld.ts"
import { attempt } from "../../run/attempt.ts"
import { measurer } from "../../run/measure.ts"
import type { Prepared } from "../../run/prepared.ts"

/** Means and standard deviations of the numbers of all latent sites under a guide. */
export interface Moments {
  readonly mean: Float64Array
  readonly sd: Float64Array
}

/** Draws by which moments are computed: always with the same noise, so that two guides differ by what differs in them. */
const draws = 100

/** Compiles the moments of a guide as a function of its parameters. Rows of a plate are some of all, and always the same. */
export const guideMoments = (
  joint: Joint,
  data: Prepared,
  seed: number
): Effect.Effect<(parameters: Parameters) => Effect.Effect<Moments, FitError>, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const sites = yield* attempt(() => drawnSites(joint))
    const outputs = Object.fromEntries(sites.map(({ name, draw }) => [outputOf(name), draw]))
    const measure = yield* measurer({ graph: prune({ ...joint.graph, outputs }) }, joint, data, seed, draws)
    return (parameters) =>
      Effect.map(measure(parameters), (found) =>
        momentsOf(sites.map(({ name }) => own(found, outputOf(name)) ?? new Float32Array()))
      )
  })

const outputOf = (site: string): string => `draw:${site}`

/** @throws GuideMismatch where the guide has no standard deviation to count in */
const drawnSites = (joint: Joint) => {
  const sites = latentSites(joint).filter(({ blocked }) => !blocked)
  const point = sites.find(({ guide }) => guide?.family === "Delta")
  if (point !== undefined || sites.length === 0)
    throw new GuideMismatch({
      site: point?.name ?? "(program)",
      reason:
        point === undefined
          ? "an accuracy is that of the means of latent sites, and the guide draws none. Fit without accuracy"
          : "an accuracy is counted in standard deviations of the guide, and a point has none. Fit without accuracy, or with another guide such as Guide.normal()"
    })
  return sites
}

/** Of each site `[draws, numbers]`. */
const momentsOf = (sites: ReadonlyArray<Float32Array>): Moments => {
  const each = sites.flatMap((values) => {
    const width = values.length / draws
    return Array.from({ length: width }, (_, i) => {
      let [sum, squares] = [0, 0]
      for (let d = 0; d < draws; d++) sum += values[d * width + i] ?? 0
      const mean = sum / draws
      for (let d = 0; d < draws; d++) squares += ((values[d * width + i] ?? 0) - mean) ** 2
      return { mean, sd: Math.sqrt(squares / (draws - 1)) }
    })
  })
  return { mean: Float64Array.from(each, ({ mean }) => mean), sd: Float64Array.from(each, ({ sd }) => sd) }
}

/** The largest difference of two means, in standard deviations, or of two logarithms of standard deviations. */
export const distance = (a: Moments, b: Moments): number =>
  a.mean.reduce((most, mean, i) => {
    const [first, second] = [a.sd[i] ?? 0, b.sd[i] ?? 0]
    // a number that is the same in all draws of both guides, such as a coin that is sure
    if (first === 0 && second === 0 && mean === b.mean[i]) return most
    const sd = Math.sqrt((first ** 2 + second ** 2) / 2)
    return Math.max(most, Math.abs(mean - (b.mean[i] ?? 0)) / sd, Math.abs(Math.log(first / second)))
  }, 0)
