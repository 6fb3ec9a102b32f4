import { keep, rebuild } from "../build.ts"
import { ancestors, type Graph } from "../Graph.ts"

/** Removes nodes that no output depends on. */
export const prune = (graph: Graph): Graph => {
  const live = ancestors(graph, Object.values(graph.outputs))
  return rebuild(graph, (node, inputs, build, id) => (live.has(id) ? keep(node, inputs, build) : -1))
}
