import { Effect } from "effect"
import { type FitError, GuideMismatch, InvalidOption } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import { deriveValue } from "../../fit/derive.ts"
import type { Learned } from "../../fit/Learned.ts"
import { medianOf } from "../../fitted/moments.ts"
import { effectiveSize, largestGood, logMeanWeight, psis, type Smoothed } from "../../fitted/psis.ts"
import { mustBeNumbers, mustBeWeighable, type WeighedDraws, weighedDraws } from "../../fitted/weighedDraws.ts"
import { type LatentSite, latentSites, type Parameter } from "../../joint/Joint.ts"
import { elbo } from "../../objective/elbo.ts"
import { attempt } from "../../run/attempt.ts"
import { type Prepared, shapesOf } from "../../run/prepared.ts"
import { sized } from "../../step/trainingLoop.ts"
import { mustBeFitted } from "../fittedParameters.ts"
import { drawsAt } from "../onSupports.ts"
import type { AnySampledPosterior } from "../SampledPosterior.ts"
import { givenGuide, valueOf } from "./givenGuide.ts"
import type { ProposalFacts } from "./Proposed.ts"

/** Draws of a guide with their weights p / q, from which some are chosen. */
export interface Proposals {
  /** of each row that is weighed on its own, or once for all the data, log p − log q of the draws */
  readonly logWeights: ReadonlyArray<Float64Array>
  readonly smoothed: ReadonlyArray<Smoothed>
  readonly facts: ProposalFacts
  /** draws of the posterior, by the numbers of the proposals that stand in them, in each row that is weighed on its own */
  readonly chosen: (picks: ReadonlyArray<Int32Array>) => Effect.Effect<AnySampledPosterior, FitError, Engine>
}

/**
 * Draws from the guide of a fit and weighs the draws. Where all latent sites stand in one plate, each of its rows has weights of its own, because its posterior does not depend on those of other rows.
 *
 * @param n how many
 */
export const proposalsOf = (
  learned: Learned,
  data: Prepared,
  n: number,
  seed: number
): Effect.Effect<Proposals, FitError, Engine> =>
  Effect.gen(function* () {
    const { sampled } = learned.derived
    const at = yield* attempt(() => {
      mustBeWeighable(sampled)
      return givenValues(learned, data, seed)
    })
    const { parameters } = learned
    const drawn = yield* Effect.mapError(weighedDraws(sampled, { data, parameters, n, seed }), inOptions)
    yield* mustBeNumbers(drawn, parameters)
    const { logWeights } = drawn
    if (logWeights.some((each) => each.every((x) => x === Number.NEGATIVE_INFINITY)))
      return yield* new GuideMismatch({
        site: "(program)",
        reason: `at none of the ${n} draws from the guide the density of the model was above 0. Fit longer, or with a guide that covers what is possible`
      })
    const smoothed = logWeights.map(psis)
    return {
      ...{ logWeights, smoothed, facts: factsOf(drawn, smoothed) },
      chosen: (picks) => drawsAt(at.learned, data, { layout: at.layout, vectors: taken(drawn, at.layout, picks) })
    }
  })

/** The fit with a guide of given values in the place of its own, and these values in order. */
const givenValues = (
  { problem, derived, parameters, ...learned }: Learned,
  data: Prepared,
  seed: number
): { readonly learned: Learned; readonly layout: ReadonlyArray<Parameter> } => {
  const sites = latentSites(derived.sampled)
  const blocked = sites.find((site) => site.blocked)
  if (blocked !== undefined) throw isBlocked(blocked)
  const make = () => givenGuide(sites, derived.nets)
  const shapes = shapesOf(data)
  const guided = { model: derived.guided.model, guide: { kind: "program", make } } as const
  const at = deriveValue(guided, shapes, { objective: elbo, particles: 1, per: problem.per })
  const rows = new Map(Object.entries(data.sizes))
  const values = new Set(sites.map(({ name }) => valueOf(name)))
  const layout = at.joint.parameters.flatMap((each) => (values.has(each.name) ? [sized(each, rows)] : []))
  for (const each of at.joint.parameters) if (!values.has(each.name)) mustBeFitted(sized(each, rows), { parameters })
  const changed = { problem: { ...problem, guided: () => guided }, derived: at, plan: at.decisions.plan, shapes }
  return { learned: { ...learned, ...changed, parameters, seed }, layout }
}

/** The values of the chosen proposals, `[draws, size]`. */
const taken = (
  { sites }: WeighedDraws,
  layout: ReadonlyArray<Parameter>,
  picks: ReadonlyArray<Int32Array>
): Float32Array => {
  const size = layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const count = picks[0]?.length ?? 0
  const vectors = new Float32Array(count * size)
  let offset = 0
  for (const { name, shape } of layout) {
    const values = sites.find(({ site }) => valueOf(site.name) === name)?.draws.values ?? []
    const width = sizeOf(shape)
    // rows that are weighed on their own lead
    const inner = width / picks.length
    for (const [unit, chosen] of picks.entries())
      for (let d = 0; d < count; d++)
        for (let i = 0; i < inner; i++)
          vectors[d * size + offset + unit * inner + i] =
            values[(chosen[d] ?? 0) * width + unit * inner + i] ?? Number.NaN
    offset += width
  }
  return vectors
}

const factsOf = ({ n, beside }: WeighedDraws, smoothed: ReadonlyArray<Smoothed>): ProposalFacts => {
  const means = smoothed.map(({ logWeights, k }) => logMeanWeight(logWeights, k))
  const ks = smoothed.map(({ k }) => k)
  const bad = ks.filter((k) => !(k <= largestGood(n))).length
  const where = ks.length === 1 ? "" : ` in ${bad} of ${ks.length} rows`
  return {
    proposals: n,
    logEvidence: {
      mean: means.reduce((sum, { mean }) => sum + mean, beside),
      error: Math.sqrt(means.reduce((sum, { error }) => sum + error ** 2, 0))
    },
    k: medianOf(ks),
    effective: medianOf(smoothed.map(({ logWeights }) => effectiveSize(logWeights))),
    advice:
      bad === 0
        ? []
        : [
            `the weights of the guide's draws are not reliable${where} (k is above ${largestGood(n).toFixed(2)}): the guide misses a part of the posterior, and so may these draws. Fit with a wider or richer guide (diagnose says what it misses), or sample with smc or nuts.`
          ]
  }
}

const isBlocked = ({ name }: LatentSite): GuideMismatch =>
  new GuideMismatch({
    site: name,
    reason: "it is blocked: the program draws it anew at each evaluation, so that a draw of the guide has no one weight"
  })

/** Draws that do not fit in memory, in the words of the options. */
const inOptions = (error: FitError): FitError =>
  error._tag === "InvalidOption" && error.option === "n"
    ? new InvalidOption({
        option: "draws",
        value: error.value,
        expected: `fewer, or fewer rows of data: ${error.expected}`
      })
    : error
