import { hasExactPath, hasPath } from "../dist/Dist.ts"
import { rangeOfDraws } from "../dist/rangeOfDraws.ts"
import { kindOf, rangeOf } from "../dist/Support.ts"
import { GuideMismatch } from "../Errors.ts"
import type { LatentSite, SiteTrace } from "../model/interpret.ts"
import type { Interval } from "../tensor/Interval.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import { jumpsBetween } from "../trace/crossing.ts"
import { ancestors, type Graph, type Id, nodeAt } from "../trace/Graph.ts"
import { readsPeriodically } from "../trace/periodic.ts"
import { rangesOf } from "../trace/ranges/rangesOf.ts"
import type { Estimator } from "./estimator/Estimator.ts"
import { reparameterized } from "./estimator/reparameterized.ts"
import { score } from "./estimator/score.ts"
import { straightThrough } from "./estimator/straightThrough.ts"

export interface Choice<A> {
  readonly value: A
  readonly because: string
}

/**
 * The closed form of KL(q‖p) stands for its expectation when p's parameters do not depend on the draw itself: they are then independent of it
 * given what q's parameters depend on. `kl` is the recorded closed form, if the table has one.
 */
export const chooseKl = (
  graph: Pick<Graph, "nodes">,
  site: LatentSite,
  kl: Id | undefined,
  draw: Id
): Choice<"analytic" | "sampled"> => {
  if (kl === undefined)
    return { value: "sampled", because: `no closed form for KL(${site.guide.family}‖${site.prior.family})` }
  const closed = ancestors(graph, [kl])
  if (closed.has(draw))
    return { value: "sampled", because: `the prior of '${site.name}' depends on what its draw influences` }
  const others = [...closed]
    .map((id) => nodeAt(graph, id))
    .filter((node) => node.kernel === "Sample")
    .map((node) => String(node.attrs["site"]))
  const independence =
    others.length === 0
      ? `p(${site.name}) does not depend on another site`
      : `p(${site.name}) depends on ${others.join(", ")} alone`
  return { value: "analytic", because: independence }
}

/**
 * A graph in which gradients end at the draws of some sites. What such a draw influences is the business of its own score function, which looks
 * at log q and not at how the number was drawn.
 */
export const cutAt = (graph: Pick<Graph, "nodes">, draws: ReadonlySet<Id>): Pick<Graph, "nodes"> => ({
  nodes: graph.nodes.map((node, id) => (draws.has(id) ? { ...node, inputs: [], names: [] } : node))
})

/** The estimator for a site: the path through its draw where the family has one and nothing on it jumps, the score function otherwise. */
export const chooseEstimator = (
  graph: Pick<Graph, "nodes">,
  site: LatentSite,
  draw: Id,
  costs: ReadonlyArray<Id>,
  wanted: Estimator | undefined,
  ranges: ReadonlyArray<Interval>
): Choice<Estimator> => {
  const can: ReadonlyArray<string> = site.guide.gradients
  const obstacle = obstacleFor(graph, site, draw, costs, ranges)
  const refuse = (reason: string): never => {
    throw new GuideMismatch({ site: site.name, reason })
  }
  if (wanted !== undefined) {
    if (wanted.ability === "reparameterized" ? !hasExactPath(can) : !can.includes(wanted.ability))
      refuse(`${site.guide.family} has no ${wanted.name} gradient; it has: ${can.join(", ") || "none"}`)
    if (!wanted.detached && obstacle !== undefined) refuse(`a ${wanted.name} gradient would be wrong: ${obstacle}`)
    return { value: wanted, because: "asked for" }
  }
  if (hasPath(can) && !hasExactPath(can) && obstacle === undefined)
    return {
      value: straightThrough,
      because: "biased: the derivative of its relaxed draw stands for that of the hard one"
    }
  if (hasPath(can) && obstacle === undefined)
    return {
      value: reparameterized,
      because: can.includes("reparameterized")
        ? "its draw is a smooth function of noise without parameters"
        : "implicit reparameterization: its draw carries the derivative of its cdf"
    }
  if (!can.includes("score"))
    refuse(`${site.guide.family} has no gradient that would be right here; choose another family for the guide`)
  const reason = hasPath(can)
    ? `${obstacle}`
    : `${site.guide.family} draws ${kindOf[site.guide.support] === "mass" ? "are discrete" : "have no path to its parameters"}`
  return { value: score, because: reason }
}

/** What makes a gradient through a draw wrong, or may: an op that jumps, or a reader without the period that the family's gradient needs. */
const obstacleFor = (
  graph: Pick<Graph, "nodes">,
  { guide }: LatentSite,
  draw: Id,
  costs: ReadonlyArray<Id>,
  ranges: ReadonlyArray<Interval>
): string | undefined => {
  const draws = drawsOf(graph, draw)
  const jumps = jumpsBetween(graph, ranges, draws, costs)
  const jump = jumps.find(({ continuity }) => continuity === "jumps") ?? jumps[0]
  if (jump !== undefined) {
    const verb = jump.continuity === "jumps" ? "jumps" : "may jump"
    return `the path from its draw to the loss goes through ${jump.words}, which ${verb}`
  }
  const { period } = guide
  return period === undefined || readsPeriodically(graph, draws, period, costs, ranges)
    ? undefined
    : "its draw is read by functions without its period"
}

/** The nodes that are a draw: log q looks at it before it is marked as one. */
const drawsOf = (graph: Pick<Graph, "nodes">, draw: Id): ReadonlySet<Id> =>
  new Set([draw, ...nodeAt(graph, draw).inputs])

/** Where the nodes of a graph lie, from the supports of its sites. */
export const siteRanges = (
  graph: Pick<Graph, "nodes">,
  sites: SiteTrace,
  idOf: (value: Tensor) => Id
): ReadonlyArray<Interval> => {
  const known = new Map<Id, Interval>()
  for (const site of sites) {
    const id = idOf(site.value)
    if (site.kind === "observed") known.set(id, rangeOf(site.dist.support))
    else for (const each of drawsOf(graph, id)) known.set(each, rangeOfDraws(site.guide))
  }
  return rangesOf(graph, (_, id) => known.get(id))
}
