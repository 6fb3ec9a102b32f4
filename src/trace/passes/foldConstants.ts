import { sizeOf } from "../../tensor/Tensor.ts"
import { keep, rebuild } from "../build.ts"
import { type Graph, leaf, type Node, nodeAt, uniformValue, type Values } from "../Graph.ts"

/**
 * Computes nodes all of whose inputs repeat one number, by scalar arithmetic in float32. Gradients are full of them:
 * the 1 that a tape begins with, the ones that the gradient of a sum multiplies by.
 */
export const foldConstants = (graph: Graph): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const rule = rules[node.kernel]
    const values = inputs.map((id) => uniformValue(nodeAt(build, id)))
    if (rule === undefined || !values.every((value) => value !== undefined)) return keep(node, inputs, build)
    return build.push(leaf.constant(repeat(rule(values), node), node.shape, node.dtype))
  })

const repeat = (value: number, node: Node): Values => {
  const size = sizeOf(node.shape)
  const values =
    node.dtype === "float32"
      ? new Float32Array(size)
      : node.dtype === "int32"
        ? new Int32Array(size)
        : new Uint8Array(size)
  return values.fill(node.dtype === "bool" ? Number(value !== 0) : value)
}

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
