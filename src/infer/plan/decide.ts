import { kindOf } from "../../dist/Support.ts"
import { GuideMismatch, InvalidOption } from "../../Errors.ts"
import { type Id, nameOf, nodeAt } from "../../trace/Graph.ts"
import { readsPeriodically } from "../../trace/periodic.ts"
import { rangesOf } from "../../trace/ranges/rangesOf.ts"
import { hasMasks } from "../../trace/unitMasks.ts"
import { type Estimator, estimatorOf, type Jump, type SiteFacts } from "../estimator/Estimator.ts"
import { enumerated } from "../estimator/enumeration.ts"
import { given } from "../estimator/given.ts"
import { estimators } from "../estimator/inOrder.ts"
import { bitsWhere, has, union } from "../joint/bits.ts"
import { factorsByRole, type Joint, type LatentSite, latentSites, show } from "../joint/Joint.ts"
import { drawNodes, knownRanges } from "../joint/knownRanges.ts"
import { paramInput } from "../joint/names.ts"
import { drawsAcross, drawsBehind, drawsRead, mixedNodes } from "../joint/reach.ts"
import { rowOf } from "../joint/rowOf.ts"
import type { Objective } from "../objective/Objective.ts"
import { type Choice, chooseKl } from "./chooseKl.ts"
import { costsOf } from "./costs.ts"
import { notEnumerable } from "./enumerable.ts"
import { formulaOf } from "./formula.ts"
import { findJumps, type JumpOptions } from "./jumps.ts"
import { notBetween } from "./notBetween.ts"
import { type Decisions, type PlanOptions, printable, type SitePlan } from "./Plan.ts"
import { sharedByRows } from "./sharedByRows.ts"

/**
 * Decides for each latent site how its KL and its gradient are estimated. A joint and options go in, plain data come out: nothing is recorded.
 *
 * @throws GuideMismatch for a site that no estimator is right for, InvalidOption for an estimator of an unknown site
 */
export const decide = (joint: Joint, options: PlanOptions): Decisions => {
  refuseUnknown(joint, options.estimators)
  const kls = chooseKls(joint, options.objective)
  const chosen = chooseEstimators(joint, forObjective(joint, options), kls)
  mustHavePaths(options.objective, chosen)
  return decisions(joint, options, kls, chosen)
}

/** The estimators that are asked for: by the user, or by an objective that takes draws as constants. */
const forObjective = (joint: Joint, options: PlanOptions): PlanOptions => {
  if (options.objective.logQ !== "given") return options
  const [site] = Object.keys(options.estimators)
  if (site !== undefined)
    throw new InvalidOption({
      option: "estimators",
      value: `for the site '${site}'`,
      expected: `none: ${options.objective.name} takes draws as constants`
    })
  return { ...options, estimators: Object.fromEntries(latentSites(joint).map(({ name }) => [name, given])) }
}

/** An objective that is differentiated through the draws alone. */
const mustHavePaths = ({ needs, logQ, name }: Objective, chosen: Estimators): void => {
  if (needs !== "logWeight" || logQ !== "path") return
  for (const [site, { value, because }] of chosen)
    if (value.detached || value.isGeneralized === true)
      throw new GuideMismatch({
        site,
        reason: `${name} differentiates through each draw, and this site has the ${value.name}: ${because}. Use Objective.iwae, or Objective.reweightedWakeSleep`
      })
}

/** The same for a loss that is evaluated, not differentiated: no site needs an estimator. */
export const decideValue = (joint: Joint, options: Omit<PlanOptions, "estimators">): Decisions =>
  decisions(joint, options, chooseKls(joint, options.objective), new Map())

type Kls = ReadonlyMap<string, Choice<"analytic" | "sampled">>
type Estimators = ReadonlyMap<string, Choice<Estimator>>

const chooseKls = (joint: Joint, objective: Objective): Kls => {
  const sites = latentSites(joint)
  const latents = sites.map(({ name }) => name)
  const facts = { latents, draws: drawsBehind(joint), mixed: mixedNodes(joint), objective }
  const factor = factorsByRole(joint)
  return new Map(sites.map((site, i) => [site.name, chooseKl(site, i, factor(site.name, "prior"), facts)]))
}

const chooseEstimators = (joint: Joint, options: PlanOptions, kls: Kls): Estimators => {
  const read = lossOf(joint, options, (site) => kls.get(site)?.value === "analytic")
  const chosen = new Map<string, Choice<Estimator>>()
  const otherValues = notReadElsewhere(joint, options)
  const tooMany = notEnumerable(joint, read.costs, options.objective, (site) => asked(options, site) === enumerated)
  const moved = findJumps(joint, {
    ...read,
    costs: new Set([...read.costs, ...noisesOf(joint)]),
    movesWith: movesWith(joint, options),
    detached: (site, jump) => {
      const facts = factsOf(joint, site, jump, read)
      const wanted = asked(options, site)
      const own = {
        tooMany: tooMany.get(site.name),
        otherValues: otherValues(site),
        between: () => notBetween(joint, read.costs, site, jump, (name) => chosen.get(name)?.value)
      }
      const choice = chooseEstimator({ ...facts, ...own, asked: wanted !== undefined }, wanted)
      chosen.set(site.name, choice)
      return choice.value.detached
    }
  })
  refuseMoved(joint, moved)
  return chosen
}

/** The log densities of the noise of generalized reparameterizations, which are differentiated too. */
const noisesOf = (joint: Joint): ReadonlyArray<Id> => latentSites(joint).flatMap(({ noise }) => noise?.score ?? [])

/** Why the loss cannot be read at other values of a site's draw, with all else as it is. */
const notReadElsewhere = (
  joint: Joint,
  { objective, particles }: Pick<PlanOptions, "objective" | "particles">
): ((site: LatentSite) => string | undefined) => {
  const across = union(drawsAcross(joint), [...joint.graph.nodes.keys()])
  const sites = latentSites(joint)
  return (site) => {
    if (objective.needs === "logWeight" && particles > 1) return `${objective.name} mixes the values of all particles`
    if (has(across, sites.indexOf(site)))
      return `a term of the loss reads its draws in all rows of '${site.plates.at(-1)}' together`
    return site.isPlain ? undefined : "it stands in a branch or in a recurrence"
  }
}

/** What a search for jumps reads of the loss. */
const lossOf = (
  joint: Joint,
  { objective, particles }: Pick<PlanOptions, "objective" | "particles">,
  isAnalytic: (site: string) => boolean
): Pick<JumpOptions, "costs" | "ranges" | "mixed" | "mixes"> => ({
  costs: costsOf(joint, isAnalytic),
  ranges: rangesOf(joint.graph, knownRanges(joint)),
  mixed: mixedNodes(joint),
  mixes: objective.needs === "logWeight" && particles > 1
})

/**
 * Whether the place of a jump depends on a continuous draw: of a certain one by any of its inputs, of one that may be by those that reach its pole. Draws whose path the
 * user asked for are assumed not to reach a jump.
 */
const movesWith = (joint: Joint, options: Pick<PlanOptions, "estimators">): JumpOptions["movesWith"] => {
  const draws = drawsRead(joint)
  const sites = latentSites(joint)
  const continuous = bitsWhere(sites, ({ prior }) => kindOf[prior.support] === "density")
  const assumed = bitsWhere(sites, (site) => asked(options, site)?.detached === false)
  return (id, inputs, certain) => {
    const read = certain ? nodeAt(joint.graph, id).inputs : [...inputs]
    return (union(draws, read) & continuous & ~assumed) !== 0n
  }
}

/** No estimator knows the slope of a loss that jumps where a parameter meets a continuous draw. */
const refuseMoved = (joint: Joint, moved: (id: Id) => Jump | undefined): void => {
  const names = new Map(joint.parameters.map(({ name }) => [paramInput(name), name]))
  joint.graph.nodes.forEach((node, id) => {
    const name = node.kernel === "Input" ? names.get(nameOf(node)) : undefined
    const jump = name === undefined ? undefined : moved(id)
    if (name === undefined || jump === undefined) return
    throw new GuideMismatch({
      site: name,
      reason: `no gradient of the parameter '${name}' would be right: it meets a continuous draw in ${jump.op}, which ${jump.certain ? "jumps" : "may jump"} at a place that moves with the parameter. Use a smooth function, such as sigmoid((z − p) / width), or keep the parameter out of it.`
    })
  })
}

/** The first jump behind the draw of each site whose gradient flows through it: those that a user's choice of an estimator assumed away. */
export const jumpsBehind = (joint: Joint, { plan, objective, estimators }: Decisions): ReadonlyMap<string, Jump> => {
  const analytic = new Set(plan.sites.flatMap(({ site, kl }) => (kl === "analytic" ? [site] : [])))
  const found = new Map<string, Jump>()
  findJumps(joint, {
    ...lossOf(joint, { objective, particles: plan.particles }, (site) => analytic.has(site)),
    movesWith: () => false,
    detached: ({ name }, jump) => {
      const detached = estimators.get(name)?.detached === true
      if (jump !== undefined && !detached) found.set(name, jump)
      return detached
    }
  })
  return found
}

const decisions = (joint: Joint, options: Omit<PlanOptions, "estimators">, kls: Kls, chosen: Estimators): Decisions => {
  const { objective, particles, per } = options
  const shared = sharedByRows(joint)
  const sites = joint.sites.flatMap((site): ReadonlyArray<SitePlan> => {
    const { name, plates } = site
    if (site.kind === "deterministic") return []
    const none = { site: name, plates, guide: undefined, kl: undefined, gradient: undefined, control: undefined }
    if (site.kind === "factor") return [{ ...none, model: "factor", because: "a log density of the program's own" }]
    if (site.kind === "enumerated")
      return [
        {
          ...{ ...none, model: show(site.prior), gradient: "enumerated" },
          because: `summed out of the model exactly: ${site.prior.values} values`
        }
      ]
    if (site.kind === "observed")
      return [
        { ...none, model: show(site.dist), because: site.dist.remark ?? `observed, ${site.dist.support} support` }
      ]
    const [estimator, kl] = [chosen.get(name), kls.get(name)]
    const remarks = [site.guide?.remark, site.prior.noBound ? site.prior.remark : undefined]
    const reasons = [estimator?.because, kl?.because, ...remarks, shared.get(name)]
    const row: SitePlan = {
      site: name,
      plates,
      guide: site.guide === undefined ? undefined : show(site.guide),
      model: show(site.prior),
      kl: kl?.value,
      gradient: estimator?.value.name,
      control: estimator?.value.control({ count: particles, mixed: objective.needs === "logWeight" }),
      because: reasons.filter((reason) => reason !== undefined).join("; ")
    }
    return [row]
  })
  return {
    plan: printable({ objective: formulaOf(joint, options), particles, noBound: noBoundOf(joint, objective), sites }),
    objective,
    per,
    estimators: new Map([...chosen].map(([site, { value }]) => [site, value]))
  }
}

/** Why the objective is no bound on log p(x), if it is none. */
const noBoundOf = (joint: Joint, { noBound }: Objective): ReadonlyArray<string> => [
  ...(noBound === undefined ? [] : [noBound]),
  ...(hasMasks(joint.graph) ? ["it is that of nets with masks (Net.dropout), and elbo reads them without"] : []),
  ...joint.sites.flatMap((site) => {
    const latent = site.kind === "latent" ? [site.guide, site.prior] : []
    const dists = site.kind === "observed" ? [site.dist] : latent
    return dists.flatMap((dist) => (dist?.noBound ? [`'${site.name}' is ${dist.family}, ${dist.remark}`] : []))
  })
]

/** The estimator that is asked for at a site: by the options, by its guide, or by its prior. */
const asked = (
  { estimators }: Pick<PlanOptions, "estimators">,
  { name, guide, prior }: Pick<LatentSite, "name" | "guide" | "prior">
): Estimator | undefined =>
  Object.hasOwn(estimators, name) ? estimators[name] : (estimatorOf(guide?.way) ?? estimatorOf(prior.way))

const refuseUnknown = (joint: Joint, wanted: PlanOptions["estimators"]): void => {
  const latents = latentSites(joint).map(({ name }) => name)
  const unknown = Object.keys(wanted).find((name) => !latents.includes(name))
  if (unknown === undefined) return
  throw new InvalidOption({
    option: "estimators",
    value: `for the site '${unknown}'`,
    expected: `names of latent sites: ${latents.join(", ") || "there are none"}`
  })
}

const factsOf = (
  joint: Joint,
  site: LatentSite,
  jump: Jump | undefined,
  { costs, ranges }: Pick<JumpOptions, "costs" | "ranges">
): Omit<SiteFacts, "asked" | "tooMany" | "otherValues" | "between"> => {
  const { guide, draw, name, isPlain } = site
  if (guide === undefined) throw new GuideMismatch({ site: name, reason: "a plan needs a guide for each latent site" })
  const readPeriodically =
    guide.period === undefined || readsPeriodically(joint.graph, drawNodes(joint, draw), guide.period, costs, ranges)
  return { site: name, guide, jump, readPeriodically, isPlain, hasRow: () => rowOf(joint, site).length > 0 }
}

/** The first estimator that applies to a site, or the one asked for. */
const chooseEstimator = (facts: SiteFacts, wanted: Estimator | undefined): Choice<Estimator> => {
  const { guide, site } = facts
  const refused: Array<string> = []
  for (const value of wanted === undefined ? estimators : [wanted]) {
    const verdict = value.applies(facts)
    if (verdict.applies) return { value, because: refused.at(-1) ?? verdict.because }
    if (!verdict.lacking || wanted !== undefined) refused.push(verdict.because)
  }
  const reason = refused.at(-1)
  throw new GuideMismatch({
    site,
    reason:
      wanted !== undefined && reason !== undefined
        ? reason
        : `${guide.family} has no gradient that would be right here${reason === undefined ? "" : ` (${reason})`}; choose another family for the guide`
  })
}
