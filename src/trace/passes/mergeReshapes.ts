import { keep, rebuild } from "../build.ts"
import { type Graph, nodeAt } from "../Graph.ts"

/** A reshape of a reshape is one reshape. */
export const mergeReshapes = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const [input] = inputs
    if (node.kernel !== "Reshape" || input === undefined) return keep(node, inputs, build)
    const before = nodeAt(build, input)
    return keep(node, before.kernel === "Reshape" ? before.inputs : inputs, build)
  })
