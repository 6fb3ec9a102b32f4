import { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Learned } from "../fit/Learned.ts"
import type { DrawnFrom } from "../fitted/eachDraw.ts"
import { factorsByRole, type Joint, latentSites } from "../joint/Joint.ts"
import { own, paramInput } from "../joint/names.ts"
import { named, readBeside } from "../joint/reach.ts"
import { gradientMoments, varianceIn } from "./gradientMoments.ts"

/** How much the gradient of a fit still varies at a site, where the fit has ended. */
export interface GradientNoise {
  readonly site: string
  /** its estimator, and how the variance of that is brought down */
  readonly estimator: string
  /** the variance from step to step, of all rows together, added up over the numbers of the parameters that the site's guide reads: a net that two sites read counts for both */
  readonly variance: number
  /** its part of the variance of all parameters */
  readonly share: number
}

/** So many gradients: their variance is then known to a tenth. */
const steps = 200

/** The variance of the gradient by site, at the parameters of a fit. Nothing where no gradient was planned, or where it changes from step to step. */
export const gradientNoise = (
  { derived: { joint, loss, decisions }, parameters, problem }: Learned,
  { data, seed }: Pick<DrawnFrom, "data" | "seed">
): Effect.Effect<ReadonlyArray<GradientNoise>, FitError, Engine> =>
  Effect.gen(function* () {
    const { estimators, objective, plan } = decisions
    const sites = latentSites(joint).filter(({ name, blocked }) => !blocked && estimators.has(name))
    if (sites.length === 0 || objective.scalars !== undefined) return []
    const batchSize = Math.max(1, ...Object.values(data.sizes))
    const settings = { batchSize, particles: plan.particles, seed, precision: "float32" } as const
    const manner = { per: problem.per, from: parameters, steps, slowest: Number.POSITIVE_INFINITY }
    const { variances = {} } = yield* gradientMoments(loss, data, settings, manner)
    const all = varianceIn(Object.values(variances))
    const read = parametersOfGuides(joint, Object.keys(variances))
    return sites.map(({ name }): GradientNoise => {
      const variance = varianceIn((read.get(name) ?? []).flatMap((each) => own(variances, each) ?? []))
      const planned = plan.sites.find(({ site }) => site === name)
      const estimator = [planned?.gradient, planned?.control].filter((each) => each !== undefined).join(", ")
      return { site: name, estimator, variance, share: all > 0 ? variance / all : 0 }
    })
  })

/** By latent site the parameters that its guide reads. */
const parametersOfGuides = (joint: Joint, names: ReadonlyArray<string>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const read = readBeside(joint, names.map(paramInput))
  const factorOf = factorsByRole(joint)
  return new Map(
    latentSites(joint).map(({ name }) => [name, named(read[factorOf(name, "guide")?.node ?? -1] ?? 0n, names)])
  )
}
