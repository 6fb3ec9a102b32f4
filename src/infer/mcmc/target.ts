import { Effect } from "effect"
import { atOnce } from "../../data/pieces.ts"
import { GuideMismatch } from "../../Errors.ts"
import type { AutoSite } from "../../model/auto/AutoSite.ts"
import { pointOnReals } from "../../model/auto/each.ts"
import type { AutoFamily } from "../../model/auto/Guide.ts"
import type { AnyProgram, Guided } from "../../model/Guided.ts"
import { checkData } from "../fit/checkData.ts"
import { type Derived, deriveValue } from "../fit/derive.ts"
import { type AnyInit, isFirstGiven } from "../guide/firstReals.ts"
import { settle } from "../guide/settle.ts"
import type { RefusalWords } from "../guide/Unguidable.ts"
import { type DistFacts, latentSites, type Parameter } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { DataShapes, Parameters } from "../joint/recordedWorld.ts"
import { elbo } from "../objective/elbo.ts"
import { initialParameters } from "../run/initial.ts"
import { type Prepared, shapesOf } from "../run/prepared.ts"
import { sizeOfLayout } from "../step/fromVector.ts"
import { sized } from "../step/trainingLoop.ts"
import { type FittedParameters, mustBeFitted, nameNets } from "./fittedParameters.ts"
import { type GivenSite, givenRecord, valueOf } from "./proposal/givenGuide.ts"

/** What is sampled: the log density of one vector of real numbers, of which pieces stand for the values of the latent sites. */
export interface Target {
  readonly derived: Derived
  /** of each latent site the way from real numbers to its support */
  readonly ways: ReadonlyArray<AutoSite>
  /** the pieces of the vector, in order */
  readonly layout: ReadonlyArray<Parameter>
  readonly size: number
  /** the real numbers at which chains begin, NaN where they are drawn */
  readonly start: Float64Array
  /** pieces at the end of the vector that no gradient moves: the values of discrete sites */
  readonly still?: ReadonlySet<string>
  /** parameters of the model, which have the values that a fit gave them; without a fit there are none */
  readonly fixed: Parameters
}

/**
 * A guide by points in the space of the real numbers: −ELBO is then −log p(data, value) − log|det ∂value/∂u| as a function of the real numbers u, its parameters.
 *
 * @param onSites is told the sites that are guided
 */
const points = (onSites: (sites: ReadonlyArray<AutoSite>) => void): AutoFamily => ({
  auto: "a sampler",
  inPlates: true,
  refuses: () => undefined,
  make: (sites) => {
    onSites(sites)
    return pointOnReals
  }
})

/** Whether a density leaves numbers of its value out, along which it is flat. */
const countsInPart = ({ family }: Pick<DistFacts, "family">): boolean => /^(Masked|Marginal)\(/.test(family)

/** What a sampler is told of a program. */
interface Pointed {
  readonly model: AnyProgram
  readonly init: AnyInit
  /** discrete sites that have values of their own */
  readonly values?: ReadonlyArray<GivenSite>
  /** is told the sites that are guided by real numbers */
  readonly onSites?: (sites: ReadonlyArray<AutoSite>) => void
}

/**
 * The program with each of its sites at the point that real numbers stand for.
 *
 * @throws GuideMismatch for a site that has no density to move along; InvalidOption, ShapeMismatch or SupportViolation for first values that are not right
 */
export const atPoints = ({ model, init, values = [], onSites = () => {} }: Pointed, shapes: DataShapes): Guided =>
  settle({ model, family: points(onSites), written: () => givenRecord(values), init, words }, shapes)

/**
 * The log density that a sampler explores, as a loss whose only parameters are the real numbers, and those of a fit. Sites that the model sums out are summed out in it.
 *
 * @param fit what is fixed, for data that were checked against it
 * @param values discrete sites whose values are pieces of the vector too, after the real numbers
 * @throws GuideMismatch for a site that has no density to move along; the tagged errors of a recording, and of data that do not fit
 */
export const targetOf = (
  model: AnyProgram,
  data: Prepared,
  init: AnyInit,
  fit?: FittedParameters,
  values: ReadonlyArray<GivenSite> = []
): Target => {
  const shapes = shapesOf(data)
  let ways: ReadonlyArray<AutoSite> = []
  const onSites = (sites: ReadonlyArray<AutoSite>): void => {
    ways = sites
  }
  const guided = withNets(atPoints({ model, init, values, onSites }, shapes), fit)
  const derived = deriveValue(guided, shapes, { objective: elbo, particles: 1, per: "total" })
  const sites = latentSites(derived.joint)
  const still = new Set(values.map(({ name }) => valueOf(name)))
  const names = new Set([...sites.map(({ name }) => pointName(name)), ...still])
  for (const { name, inBranch, blocked, prior } of sites) {
    if (countsInPart(prior))
      throw new GuideMismatch({
        site: name,
        reason:
          "some of its numbers do not count in the density: they are not missing, or masked. A chain would drift away along them, and log p(data) would have no meaning. Observe by marginal or masked, or fit a guide and take fitted.metropolis"
      })
    if (inBranch === true && !still.has(valueOf(name)))
      throw new GuideMismatch({
        site: name,
        reason:
          "it stands in a branch, and where the branch is not taken nothing says where its value is, so that a chain would drift away. Sample it before the choice"
      })
    if (blocked)
      throw new GuideMismatch({
        site: name,
        reason:
          "it is blocked: the program draws it anew at each evaluation, so that there is no density to sample from"
      })
  }
  const foreign = derived.joint.parameters.find(({ name }) => !names.has(name))
  if (foreign !== undefined && fit === undefined)
    throw new GuideMismatch({
      site: foreign.name,
      reason: `it is a parameter of the model, which a fit learns and a sampler does not: give it a prior, sample("${foreign.name}", …) or, as for the weights of a net, lift(program, { "${foreign.name}": … }), or a number`
    })
  if (sites.length === 0)
    throw new GuideMismatch({ site: "(program)", reason: "it has no latent site, so there is nothing to sample" })
  if (fit === undefined) atOnce(checkData(derived, data))
  const rows = new Map(Object.entries(data.sizes))
  const all = derived.joint.parameters.map((parameter) => sized(parameter, rows))
  const reals = all.filter(({ name }) => names.has(name) && !still.has(name))
  const layout = [...reals, ...all.filter(({ name }) => still.has(name))]
  if (fit !== undefined) for (const each of all) if (!names.has(each.name)) mustBeFitted(each, fit)
  const given = new Set(
    sites.flatMap(({ name, plates }) => (isFirstGiven(init, [...plates, name]) ? [pointName(name)] : []))
  )
  const first = initialParameters(reals, 0)
  const start = reals.flatMap(({ name }) =>
    Array.from(own(first, name) ?? [], (x) => (given.has(name) ? x : Number.NaN))
  )
  return {
    derived,
    ways,
    layout,
    size: sizeOfLayout(layout),
    start: Float64Array.from(start),
    ...(still.size > 0 && { still }),
    fixed: fit?.parameters ?? {}
  }
}

/** A guide has no nets, and those of the model are named as if the guide of the fit had named its own before. */
const withNets = (guided: Guided, fit: FittedParameters | undefined): Guided => {
  const { guide } = guided
  if (fit === undefined || guide.kind !== "program") return guided
  const make = () =>
    Effect.andThen(
      Effect.sync(() => nameNets(fit.nets)),
      guide.make()
    )
  return { ...guided, guide: { kind: "program", make } }
}

export const pointName = (site: string): string => `auto.${site}.loc`

/** A sampler has no exceptions that the user could guide. */
const words: RefusalWords = {
  refusal: "it cannot be sampled by its gradient",
  needs: "gradients lead through densities alone",
  advice: () => undefined
}
