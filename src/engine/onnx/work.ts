import { sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, isLeaf, type Node, nodeAt } from "../../trace/Graph.ts"
import { isScan, scanOf } from "../../trace/region.ts"

const products: ReadonlySet<string> = new Set(["BatchMatMul", "_FusedMatMul"])

/** The size of a graph's largest op: the numbers that it computes, for a product of matrices its multiplications. */
export const largestOp = (graph: Graph): number =>
  graph.nodes.reduce(
    (most, node) => Math.max(most, isScan(node) ? largestOp(scanOf(node).body) : sizeIn(graph, node)),
    0
  )

/** An m × k by a k × n matrix take m·k·n multiplications: the root of the product of the sizes of both and of the result. */
const sizeIn = (graph: Graph, node: Node): number => {
  if (isLeaf(node)) return 0
  const size = sizeOf(node.shape)
  if (!products.has(node.kernel)) return size
  const [a = size, b = size] = node.inputs.map((id) => sizeOf(nodeAt(graph, id).shape))
  return Math.sqrt(a * b * size)
}
