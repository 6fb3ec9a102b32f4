import * as tf from "@tensorflow/tfjs"
import type { Id } from "../../trace/Graph.ts"
import { enumeratedSites, type Factor, factorsByRole, type Joint, type LatentSite } from "../joint/Joint.ts"
import type { Term } from "../objective/Objective.ts"
import type { Decisions } from "../plan/Plan.ts"
import { at, type Density, densitiesOf, type Values } from "./densities.ts"
import { asCost } from "./ownScore.ts"

/** One of the numbers that add up to the loss; output `term:SITE` of the graph. */
export type TermInfo = Omit<Term, "value">

/** A term with the nodes that it is made of. */
export interface TermSource extends Term {
  readonly nodes: ReadonlyArray<Id>
}

/**
 * The terms of a loss in the order of the program: a latent site's is its closed KL, or log q − log p at the draw; an observed one's is −log p. Densities of which an
 * enumerated site was summed out are one term together.
 *
 * @param path the values from which log q is read, of the given draws, where it is not read from `values`
 */
export const termsOf = (
  joint: Joint,
  decisions: Pick<Decisions, "plan" | "objective" | "estimators">,
  values: Values,
  path?: Values
): { readonly sources: ReadonlyArray<TermSource>; readonly whole: ReadonlyArray<string> } => {
  const { plan, estimators } = decisions
  const analytic = new Set(plan.sites.flatMap(({ site, kl }) => (kl === "analytic" ? [site] : [])))
  const { densities, whole } = densitiesOf(joint, values)
  const ofSite = new Map(densities.map((density) => [leadOf(joint, density), density]))
  const factorOf = factorsByRole(joint)
  const sources = joint.sites.flatMap((site): ReadonlyArray<TermSource> => {
    const density = ofSite.get(site.name)
    if (site.kind !== "latent") return density === undefined ? [] : [likelihood(joint, density)]
    if (site.blocked) return []
    const [factor, prior] = [factorOf(site.name, "guide"), factorOf(site.name, "prior")]
    if (site.kl !== undefined && analytic.has(site.name) && prior !== undefined) {
      const name = `KL(q(${site.name}) ‖ p(${site.name}))`
      return [{ site: site.name, name, kind: "kl", axes: prior.axes, value: at(values, site.kl), nodes: [site.kl] }]
    }
    const isGiven = path !== undefined || estimators.get(site.name)?.detached === true
    const logQ = logQOf(site, factor, isGiven)
    if (logQ === undefined || factor === undefined)
      throw new RangeError(`the latent site '${site.name}' lacks a log density`)
    const own: TermSource = {
      ...{ site: site.name, name: `log q(${site.name})`, kind: "kl", axes: factor.axes },
      value: asCost(at(path ?? values, logQ), site, decisions),
      nodes: [logQ, site.draw]
    }
    if (density === undefined) return [own]
    if (density.axes.join() !== own.axes.join()) return [own, ofSummed(joint, density)]
    return [
      {
        ...own,
        name: `log q(${site.name}) − log p(${namesOf(density)})`,
        value: tf.sub(own.value, density.value),
        nodes: [...own.nodes, ...density.factors.map(({ node }) => node)]
      }
    ]
  })
  return { sources, whole }
}

/** For a differentiable draw, log q is the one that was computed with the draw; an estimator that treats the draw as given needs log q of the given draw. */
export const logQOf = (site: LatentSite, factor: Factor | undefined, detached: boolean): Id | undefined =>
  detached ? site.score : factor?.node

const likelihood = (joint: Joint, density: Density): TermSource => ({
  ...termInfo(joint, density),
  value: tf.neg(density.value),
  nodes: density.factors.map(({ node }) => node)
})

/** log p of the draws in all rows of a plate, of which a site outside of it was summed out: it goes by the name of that site, as each row has a term of its own by the name of the draw. */
const ofSummed = (joint: Joint, density: Density): TermSource => {
  const own = new Set(density.factors.map(({ site }) => site))
  const summed = enumeratedSites(joint).find(({ name }) => own.has(name))
  if (summed === undefined) throw new RangeError("a density on other axes than its draw's is a sum over no site")
  return { ...likelihood(joint, density), site: summed.name, kind: "kl" }
}

export const termInfo = (joint: Joint, density: Density): TermInfo => ({
  site: leadOf(joint, density),
  name: `−log ${density.factors.length > 1 ? "Σ " : ""}p(${namesOf(density)})`,
  kind: "likelihood",
  axes: density.axes
})

/** The site by whose name a density goes: an observed one, or a factor; otherwise a latent one. */
const leadOf = (joint: Joint, { factors }: Density): string => {
  const summed = new Set(enumeratedSites(joint).map(({ name }) => name))
  const [first] = factors
  const lead = factors.find(({ role }) => role !== "prior") ?? factors.find(({ site }) => !summed.has(site)) ?? first
  if (lead === undefined) throw new RangeError("a density has no factor")
  return lead.site
}

const namesOf = ({ factors }: Density): string => factors.map(({ site }) => site).join(", ")
