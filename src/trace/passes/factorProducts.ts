import { sizeOf } from "../../tensor/Tensor.ts"
import { type GraphBuilder, keep, rebuild } from "../build.ts"
import { type Graph, type Id, type Node, nodeAt } from "../Graph.ts"

/**
 * `s ∘ a + s ∘ b`, where s is smaller than a and b, becomes `s ∘ (a + b)`: two passes over the large arrays in place of three. Minus signs are
 * allowed for, because the gradient of a weighted log density contains `−w ∘ x` and `−(−w) ∘ σ`.
 */
export const factorProducts = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => factored(node, inputs, build) ?? keep(node, inputs, build))

interface Product {
  readonly factor: Id
  readonly sign: 1 | -1
  readonly value: Id
}

const factored = (node: Node, [a, b]: ReadonlyArray<Id>, build: GraphBuilder): Id | undefined => {
  if (!(node.kernel === "Add" || node.kernel === "Sub") || a === undefined || b === undefined) return undefined
  const [left, right] = [productOf(build, a, node), productOf(build, b, node)]
  if (left === undefined || right === undefined || left.factor !== right.factor) return undefined
  const second = node.kernel === "Add" ? right.sign : -right.sign
  if (left.sign === second) {
    const sum = build.add("Add", [left.value, right.value])
    return build.add("Multiply", [left.sign === 1 ? left.factor : build.add("Neg", [left.factor]), sum])
  }
  const [plus, minus] = left.sign === 1 ? [left.value, right.value] : [right.value, left.value]
  return build.add("Multiply", [left.factor, build.add("Sub", [plus, minus])])
}

/** A product of a value of the sum's size with a smaller factor. */
const productOf = (build: GraphBuilder, id: Id, sum: Node): Product | undefined => {
  const { kernel, inputs, dtype } = nodeAt(build, id)
  const [a, b] = inputs
  if (kernel !== "Multiply" || dtype !== "float32" || a === undefined || b === undefined) return undefined
  const size = (x: Id): number => sizeOf(nodeAt(build, x).shape)
  if (Math.max(size(a), size(b)) !== sizeOf(sum.shape) || size(a) === size(b)) return undefined
  const [small, value] = size(a) < size(b) ? [a, b] : [b, a]
  const negated = nodeAt(build, small).kernel === "Neg" ? nodeAt(build, small).inputs[0] : undefined
  return negated === undefined ? { factor: small, sign: 1, value } : { factor: negated, sign: -1, value }
}
