import { sizeOf } from "../../tensor/Tensor.ts"
import { keep, rebuild } from "../build.ts"
import { filledValues, type Graph, leaf, nodeAt, uniformValue } from "../Graph.ts"

/**
 * Computes nodes all of whose inputs repeat one number, by scalar arithmetic in float32. Gradients contain many of them: the 1 with which a tape
 * begins, and the ones by which the gradient of a sum multiplies.
 */
export const foldConstants = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const rule = rules[node.kernel]
    const values = inputs.map((id) => uniformValue(nodeAt(build, id)))
    if (rule === undefined || !values.every((value) => value !== undefined)) return keep(node, inputs, build)
    return build.push(leaf.constant(filledValues(node.dtype, sizeOf(node.shape), rule(values)), node.shape, node.dtype))
  })

type Rule = (values: ReadonlyArray<number>) => number

const unary =
  (f: (x: number) => number): Rule =>
  ([x = Number.NaN]) =>
    f(x)
const binary =
  (f: (x: number, y: number) => number): Rule =>
  ([x = Number.NaN, y = Number.NaN]) =>
    f(x, y)
const itself = unary((x) => x)

const rules: Readonly<Record<string, Rule>> = {
  Add: binary((x, y) => x + y),
  Sub: binary((x, y) => x - y),
  Multiply: binary((x, y) => x * y),
  RealDiv: binary((x, y) => x / y),
  Neg: unary((x) => -x),
  Square: unary((x) => x * x),
  Log: unary(Math.log),
  Exp: unary(Math.exp),
  Sqrt: unary(Math.sqrt),
  Reshape: itself,
  Tile: itself,
  Transpose: itself,
  Cast: itself
}
