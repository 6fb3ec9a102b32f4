import { type GraphBuilder, keep, rebuild } from "../build.ts"
import { type Graph, type Id, type Node, nodeAt } from "../Graph.ts"
import { spreadOut } from "./sinkBroadcasts.ts"

/**
 * f(x · ones), where the other operands of f are scalars, becomes f(x) · ones. This computes fewer numbers, and the product can be sunk into the next
 * op. tfjs's gradient of a sum begins with such a product.
 */
export const liftBroadcasts = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => lifted(node, inputs, build) ?? keep(node, inputs, build))

const lifted = (node: Node, inputs: ReadonlyArray<Id>, build: GraphBuilder): Id | undefined => {
  if (!elementwise.has(node.kernel)) return undefined
  const at = (id: Id): Node => nodeAt(build, id)
  const product = inputs.find((id) => spreadOut(at(id), at) !== undefined)
  const spread = product === undefined ? undefined : spreadOut(at(product), at)
  if (spread === undefined || !inputs.every((id) => id === product || at(id).shape.length === 0)) return undefined
  const small = build.add(
    node.kernel,
    inputs.map((id) => (id === product ? spread.value : id)),
    node.attrs
  )
  return build.add("Multiply", [small, spread.ones])
}

/** Ops on float32 that give float32. */
const elementwise = new Set([
  "Neg",
  "Abs",
  "Square",
  "Sqrt",
  "Exp",
  "Log",
  "Sigmoid",
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "Maximum",
  "Minimum"
])
