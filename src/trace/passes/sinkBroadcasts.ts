import { sameShape } from "../../tensor/Tensor.ts"
import { keep, rebuild } from "../build.ts"
import { type Graph, type Id, type Node, nodeAt, uniformValue } from "../Graph.ts"
import { broadcast } from "../kernels/elementwise.ts"

/**
 * `(x · ones) ∘ y`, where `x` and `y` together have the full shape, is `x ∘ y` by broadcasting. (tfjs's gradient of a sum contains such products with ones.) A constant
 * of one repeated number becomes a scalar, if another operand has the full shape.
 */
export const sinkBroadcasts = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const [a, b] = inputs
    if (!broadcasting.has(node.kernel) || a === undefined || b === undefined) return keep(node, inputs, build)
    const at = (id: Id): Node => nodeAt(build, id)
    const full = (id: Id): boolean => sameShape(at(id).shape, node.shape)
    const small = (id: Id, other: Id): Id => {
      const value = uniformValue(at(id))
      if (full(other) && value !== undefined && at(id).shape.length > 0 && at(id).dtype === "float32")
        return build.constant(Float32Array.of(value), [])
      const spread = spreadOut(at(id), at)?.value
      if (spread === undefined) return id
      const together = broadcast(at(spread).shape, at(other).shape, node.kernel)
      return sameShape(together, node.shape) ? spread : id
    }
    const left = small(a, b)
    return keep(node, [left, left === a ? small(b, a) : b], build)
  })

const broadcasting = new Set([
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "Maximum",
  "Minimum",
  "SquaredDifference",
  "Greater",
  "Less",
  "GreaterEqual",
  "LessEqual"
])

/**
 * A product with ones that broadcasts its other operand to a larger shape. An operand of smaller rank is aligned from the right, so any such operand
 * is possible.
 */
export const spreadOut = (node: Node, at: (id: Id) => Node): { readonly value: Id; readonly ones: Id } | undefined => {
  const [a, b] = node.inputs
  if (node.kernel !== "Multiply" || a === undefined || b === undefined) return undefined
  if (uniformValue(at(b)) === 1 && !sameShape(at(a).shape, node.shape)) return { value: a, ones: b }
  return uniformValue(at(a)) === 1 && !sameShape(at(b).shape, node.shape) ? { value: b, ones: a } : undefined
}
