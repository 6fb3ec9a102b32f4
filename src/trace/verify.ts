import { sameShape, showShape, sizeOf } from "../tensor/Tensor.ts"
import { type Graph, isLeaf, nodeAt, valuesOf } from "./Graph.ts"
import { kernels } from "./kernels/index.ts"

/**
 * Checks that a graph is well formed: each node comes after its inputs, is a leaf or has a row in the kernel table, and has the
 * shape and type that its row infers. A pass that breaks a graph is a defect of this library, so this throws a plain error.
 */
export const verify = (graph: Graph, after: string): Graph => {
  graph.nodes.forEach((node, id) => {
    const fail = (what: string): never => {
      throw new Error(`after '${after}', node %${id} = ${node.kernel}: ${what}`)
    }
    if (!node.inputs.every((input) => input >= 0 && input < id))
      fail(`reads [${node.inputs.join(", ")}], which do not come before it`)
    if (isLeaf(node)) {
      if (node.kernel === "Const" && valuesOf(node).length !== sizeOf(node.shape))
        fail(`holds ${valuesOf(node).length} numbers for shape ${showShape(node.shape)}`)
      return
    }
    const row = kernels[node.kernel]
    if (row === undefined) {
      fail("has no row in the kernel table")
      return
    }
    const inferred = row.infer(
      node.inputs.map((input) => nodeAt(graph, input)),
      node.attrs,
      node.kernel
    )
    if (!sameShape(inferred.shape, node.shape))
      fail(`says shape ${showShape(node.shape)}, but its inputs give ${showShape(inferred.shape)}`)
    if (inferred.dtype !== node.dtype) fail(`says ${node.dtype}, but its inputs give ${inferred.dtype}`)
  })
  for (const [name, id] of Object.entries(graph.outputs)) {
    if (graph.nodes[id] === undefined) throw new Error(`after '${after}', output '${name}' names no node`)
  }
  return graph
}
