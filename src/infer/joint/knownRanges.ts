import type { Interval } from "../../tensor/Interval.ts"
import { type Graph, type Id, type Node, nameOf, nodeAt } from "../../trace/Graph.ts"
import { type Joint, latentSites, observedSites } from "./Joint.ts"
import { dataPrefix } from "./names.ts"

/** The numbers among which draws and data lie. */
export const knownRanges = (joint: Joint): ((node: Node, id: number) => Interval | undefined) => {
  const draws = new Map(
    latentSites(joint).flatMap((site) =>
      [...drawNodes(joint, site.draw)].map((id) => [id, (site.guide ?? site.prior).range] as const)
    )
  )
  const inputs = new Map(observedSites(joint).map(({ input, dist }) => [input, dist.range]))
  return (node, id) => draws.get(id) ?? (node.kernel === "Input" ? inputs.get(nameOf(node)) : undefined)
}

/** The draw as the program sees it, and as its sampler made it. */
export const drawNodes = ({ graph }: Joint, draw: Id): ReadonlySet<Id> => new Set([draw, ...nodeAt(graph, draw).inputs])

/** The data from which an index comes, through changes of type or shape only. */
export const dataReadBy = (graph: Graph, id: Id): string | undefined => {
  const node = nodeAt(graph, id)
  if (node.kernel === "Input") return nameOf(node).startsWith(dataPrefix) ? nameOf(node) : undefined
  const [only] = node.inputs
  return (node.kernel === "Cast" || node.kernel === "Reshape") && only !== undefined
    ? dataReadBy(graph, only)
    : undefined
}
