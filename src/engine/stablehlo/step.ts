import { descendants, type Id, isLeaf, type Node, nodeAt } from "../../trace/Graph.ts"
import type { Loop } from "../Engine.ts"
import { type Leaf, leavesOf, neededNodes, outputId } from "../leaves.ts"
import { isLarge } from "./ports.ts"
import { opaque, takenAsTheyAre } from "./rounding.ts"
import type { Value } from "./types.ts"
import type { Writer } from "./writer.ts"
import { constantIn, writeNode } from "./writeScan.ts"

/** The two places for the ops of a step: before the loop, for values that do not change between steps, and in the loop's body. */
export interface Places {
  readonly before: (node: Id) => Writer
  readonly body: (node: Id) => Writer
}

/**
 * Writes the nodes of one step; returns a function that gives the value of an output in an iteration.
 *
 * @param read the value of a leaf; small constants are written at each use, so that XLA sees their values there
 * @throws UnsupportedKernel when a kernel has no rule
 */
export const writeStep = (
  loop: Loop,
  { before, body }: Places,
  read: (leaf: Leaf, to: Writer) => Value
): ((output: string) => Value) => {
  const { graph } = loop
  const leaves = leavesOf(loop)
  const changing = leaves.filter(({ role }) => role.kind !== "constant" && role.kind !== "fixed").map(({ id }) => id)
  const changes = descendants(graph, changing)
  const asTheyAre = takenAsTheyAre(graph)
  const values = new Map<Id, Value>()
  const isWritten = (node: Node): boolean => node.kernel === "Const" && !isLarge(node)
  for (const leaf of leaves) if (!isWritten(leaf.node)) values.set(leaf.id, read(leaf, body(leaf.id)))
  const valueIn = (to: Writer, id: Id): Value => {
    const node = nodeAt(graph, id)
    const value = isWritten(node) ? constantIn(node, to) : values.get(id)
    if (value === undefined) throw new RangeError(`node ${id} has not been lowered`)
    return value
  }
  for (const id of neededNodes(loop)) {
    const node = nodeAt(graph, id)
    if (isLeaf(node)) continue
    const to = changes.has(id) ? body(id) : before(id)
    const operands = node.inputs.map((input) => valueIn(to, input))
    const value = writeNode(node, operands, to, loop.precision ?? "float32")
    values.set(id, asTheyAre.has(id) ? opaque(to, value) : value)
  }
  return (output) => {
    const id = outputId(loop, output)
    return valueIn(body(id), id)
  }
}
