import { anything, type Interval, pointOf } from "../tensor/Interval.ts"
import { type Graph, type Id, isLeaf, nodeAt } from "./Graph.ts"
import { kernelNamed } from "./kernels/index.ts"
import type { Continuity } from "./kernels/KernelRow.ts"

export type { Continuity } from "./kernels/KernelRow.ts"

/**
 * How a node's value moves with those of its inputs that move, when every node lies in its range. What is constant there, such as `floor` of a
 * number between 0 and 1, is smooth.
 *
 * Where an op has no real value its result is NaN or infinite, and so is the loss, which stops a fit: that is no jump. A pole that is
 * merely touched is one, such as that of log |x| at 0: the loss is finite on both sides of it, and its slope has no expectation.
 */
export const continuityOf = (
  graph: Pick<Graph, "nodes">,
  ranges: ReadonlyArray<Interval>,
  id: Id,
  moving: ReadonlySet<Id>
): Continuity => {
  const node = nodeAt(graph, id)
  const isConstant = (each: Id): boolean => pointOf(ranges[each] ?? anything) !== undefined
  const moves = node.inputs.map((input) => moving.has(input) && !isConstant(input))
  if (isLeaf(node) || !moves.includes(true) || isConstant(id)) return "smooth"
  const inputs = node.inputs.map((input) => ranges[input] ?? anything)
  return kernelNamed(node.kernel, "a plan is made").continuity(inputs, moves, node)
}
