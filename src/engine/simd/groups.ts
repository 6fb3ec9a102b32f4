import { sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, type Id, type Node, nodeAt } from "../../trace/Graph.ts"
import { elementwiseRule } from "./elementwise.ts"

/** Nodes whose numbers correspond one by one, in order, which one loop computes; or one other node. */
export type Group = ReadonlyArray<Id>

/** Nodes that are their input under another shape. */
export const isAlias = (graph: Graph, { kernel, inputs, shape }: Node): boolean => {
  const isSum = kernel === "Sum" && sizeOf(nodeAt(graph, inputs[0] ?? 0).shape) === sizeOf(shape)
  return kernel === "Reshape" || kernel === "ExpandDims" || kernel === "Identity" || isSum
}

/** Whether a loop may compute a node beside others. */
export const isFusible = (graph: Graph, id: Id): boolean => elementwiseRule(nodeAt(graph, id).kernel) !== undefined

/**
 * The order in which nodes are written: each after those that it reads. Products, sums and moves come as soon as they can, so that what is left for a loop is much, and its values need not be stored for a later one.
 *
 * @param computed nodes in an order in which each comes after those that it reads
 */
export const groupsOf = (graph: Graph, computed: ReadonlyArray<Id>): ReadonlyArray<Group> => {
  const open = new Set(computed)
  const isReady = (id: Id): boolean => nodeAt(graph, id).inputs.every((input) => !open.has(input))
  const groups: Array<Group> = []
  const write = (group: Group): void => {
    groups.push(group)
    for (const id of group) open.delete(id)
  }
  while (open.size > 0) {
    for (const id of [...open]) if (!isFusible(graph, id) && isReady(id)) write([id])
    const first = [...open].find((id) => isFusible(graph, id) && isReady(id))
    if (first !== undefined) write(groupFrom(graph, first, open))
  }
  return groups
}

/** All nodes of the size of the first one that can be computed from others of them, and from what is there. */
const groupFrom = (graph: Graph, first: Id, open: ReadonlySet<Id>): Group => {
  const size = sizeOf(nodeAt(graph, first).shape)
  const group = new Set<Id>()
  for (const id of open) {
    const node = nodeAt(graph, id)
    const { inputs, shape } = node
    const isOwn = isFusible(graph, id) || (isAlias(graph, node) && group.has(inputs[0] ?? -1))
    if (sizeOf(shape) === size && isOwn && inputs.every((input) => !open.has(input) || group.has(input))) group.add(id)
  }
  return [...group]
}
