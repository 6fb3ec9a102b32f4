import { hasExactPath, hasPath } from "../dist/Dist.ts"
import { type Range, rangeOfDraws } from "../dist/range.ts"
import { kindOf } from "../dist/Support.ts"
import { GuideMismatch } from "../Errors.ts"
import type { LatentSite } from "../model/interpret.ts"
import { ancestors, descendants, type Graph, type Id, type Node, nodeAt } from "../trace/Graph.ts"
import { kernelNamed } from "../trace/kernels/index.ts"
import { jumpsAtEnd } from "./crossing.ts"
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
  wanted: Estimator | undefined
): Choice<Estimator> => {
  const can: ReadonlyArray<string> = site.guide.gradients
  const jump = firstJump(graph, draw, costs, rangeOfDraws(site.guide))
  const refuse = (reason: string): never => {
    throw new GuideMismatch({ site: site.name, reason })
  }
  if (wanted !== undefined) {
    if (wanted.ability === "reparameterized" ? !hasExactPath(can) : !can.includes(wanted.ability))
      refuse(`${site.guide.family} has no ${wanted.name} gradient; it has: ${can.join(", ") || "none"}`)
    if (!wanted.detached && jump !== undefined)
      refuse(
        `a ${wanted.name} gradient would be wrong: the path from its draw to the loss goes through ${jump}, which jumps`
      )
    return { value: wanted, because: "asked for" }
  }
  if (hasPath(can) && !hasExactPath(can) && jump === undefined)
    return {
      value: straightThrough,
      because: "biased: the derivative of its relaxed draw stands for that of the hard one"
    }
  if (hasPath(can) && jump === undefined)
    return {
      value: reparameterized,
      because: can.includes("reparameterized")
        ? "its draw is a smooth function of noise without parameters"
        : "implicit reparameterization: its draw carries the derivative of its cdf"
    }
  if (!can.includes("score"))
    refuse(`${site.guide.family} has no gradient that would be right here; choose another family for the guide`)
  const reason = hasPath(can)
    ? `the path from its draw to the loss goes through ${jump}, which jumps`
    : `${site.guide.family} draws ${kindOf[site.guide.support] === "mass" ? "are discrete" : "have no path to its parameters"}`
  return { value: score, because: reason }
}

/** The first op between a draw, which lies in a range, and the costs whose value jumps as the draw moves. */
const firstJump = (
  graph: Pick<Graph, "nodes">,
  draw: Id,
  costs: ReadonlyArray<Id>,
  range: Range
): string | undefined => {
  const paths = withoutValues(graph)
  // log q looks at the draw before it is marked as one
  const draws = new Set([draw, ...nodeAt(graph, draw).inputs])
  const influenced = descendants(paths, draws)
  const path = [...ancestors(paths, costs)].filter((id) => !draws.has(id) && influenced.has(id)).sort((a, b) => a - b)
  const isEnd = (id: Id): boolean => nodeAt(paths, id).kernel === "InsideOf"
  const jumping = path.find((id) => (isEnd(id) ? jumpsAtEnd(paths, id, path, draws, range) : jumps(nodeAt(paths, id))))
  if (jumping === undefined) return undefined
  return isEnd(jumping) ? "an end of a density in a mixture" : `'${opName(nodeAt(graph, jumping))}'`
}

/** How a draw was made does not matter where its exact gradient is known apart from that: only what that gradient reads does. */
const withoutValues = (graph: Pick<Graph, "nodes">): Pick<Graph, "nodes"> => ({
  nodes: graph.nodes.map((node) =>
    node.kernel === "WithGradient" && node.attrs["exact"] === true ? { ...node, inputs: node.inputs.slice(1) } : node
  )
})

const jumps = (node: Node): boolean => {
  if (node.kernel === "Cast") return node.dtype !== "float32"
  return kernelNamed(node.kernel, "a plan is made").continuity === "jumps"
}

/** tfjs's name for the op that a user called: kernels are capitalised, ops are not. */
const opName = (node: Node): string =>
  node.kernel === "Cast" ? `cast to ${node.dtype}` : node.kernel.charAt(0).toLowerCase() + node.kernel.slice(1)
