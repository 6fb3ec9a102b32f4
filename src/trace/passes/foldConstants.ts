import { sizeOf } from "../../tensor/Tensor.ts"
import { keep, rebuild } from "../build.ts"
import { filledValues, type Graph, leaf, type Node, nodeAt, uniformValue } from "../Graph.ts"
import { type HostFunction, hostFunction } from "../hostFunctions.ts"

/**
 * Computes nodes all of whose inputs repeat one number, by scalar arithmetic in float32. Gradients contain many of them: the 1 with which a tape
 * begins, and the ones by which the gradient of a sum multiplies.
 */
export const foldConstants = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const rule = ruleOf(node)
    const values = inputs.map((id) => uniformValue(nodeAt(build, id)))
    if (rule === undefined || !values.every((value) => value !== undefined)) return keep(node, inputs, build)
    const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = values
    return build.push(
      leaf.constant(filledValues(node.dtype, sizeOf(node.shape), rule(x, y, z)), node.shape, node.dtype)
    )
  })

const arithmetic: ReadonlySet<string> = new Set([
  "Add",
  "Sub",
  "Multiply",
  "RealDiv",
  "Neg",
  "Square",
  "Log",
  "Exp",
  "Sqrt"
])
const copies: ReadonlySet<string> = new Set(["Reshape", "Tile", "Transpose", "Cast"])

const ruleOf = ({ kernel, attrs }: Node): HostFunction | undefined =>
  copies.has(kernel) ? (x) => x : arithmetic.has(kernel) ? hostFunction(kernel, attrs) : undefined
