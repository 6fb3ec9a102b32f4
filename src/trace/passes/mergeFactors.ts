import { type GraphBuilder, keep, rebuild } from "../build.ts"
import { type Graph, type Id, type Node, nodeAt, uniformValue } from "../Graph.ts"

/** `c · (d · x)` for constant numbers c and d is `(c · d) · x`. */
export const mergeFactors = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const outer = scaled(node, inputs, build)
    const inner = outer === undefined ? undefined : scaled(nodeAt(build, outer.value), undefined, build)
    if (outer === undefined || inner === undefined) return keep(node, inputs, build)
    const factor = build.constant(Float32Array.of(outer.factor * inner.factor), [])
    return build.add("Multiply", [factor, inner.value])
  })

const scaled = (
  { kernel, inputs, dtype }: Node,
  placed: ReadonlyArray<Id> | undefined,
  build: GraphBuilder
): { readonly factor: number; readonly value: Id } | undefined => {
  const [a, b] = placed ?? inputs
  if (kernel !== "Multiply" || dtype !== "float32" || a === undefined || b === undefined) return undefined
  const number = (id: Id): number | undefined =>
    nodeAt(build, id).shape.length === 0 ? uniformValue(nodeAt(build, id)) : undefined
  const [left, right] = [number(a), number(b)]
  if (left !== undefined) return { factor: left, value: b }
  return right === undefined ? undefined : { factor: right, value: a }
}
