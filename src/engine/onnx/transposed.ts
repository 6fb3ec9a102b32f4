import { type GraphBuilder, graphBuilder, keep, mapValues } from "../../trace/build.ts"
import { type Graph, type Id, type Node, nodeAt } from "../../trace/Graph.ts"
import { flagAttr, listAttr, numberAttr, pairsAttr } from "../attrs.ts"

/** More than one row and more than one column; others are transposed by a reshape. */
export const isMatrix = ({ shape }: Pick<Node, "shape">): boolean => shape.length === 2 && !shape.includes(1)

export const isProduct = (node: Node): boolean =>
  (node.kernel === "BatchMatMul" || node.kernel === "_FusedMatMul") &&
  isMatrix(node) &&
  node.names.every((name) => name === "a" || name === "b" || name === "bias")

/** A sum along an axis of a matrix, or along all where none is named: it can read both layouts. A sum along none is the matrix itself, in its own layout. */
export const isSum = (node: Node): boolean =>
  (node.kernel === "Sum" || node.kernel === "Mean") &&
  (node.attrs["axis"] === undefined || listAttr(node, "axis").length > 0)

interface Side {
  readonly input: Id
  /** whether it is read transposed */
  readonly across: boolean
}

/** A product as it must be written in the layouts of its operands and its result: (A·B)ᵀ = Bᵀ·Aᵀ. */
export const productOf = (
  graph: Pick<Graph, "nodes">,
  node: Node,
  asTransposed: boolean,
  isTransposed: (id: Id) => boolean
): {
  readonly left: Side
  readonly right: Side
  readonly rows: number
  readonly inner: number
  readonly columns: number
} => {
  const [a = 0, b = 0] = node.inputs
  const [rows = 1, columns = 1] = node.shape
  const inner = nodeAt(graph, a).shape[flagAttr(node, "transposeA") ? 0 : 1] ?? 1
  const left = { input: a, across: flagAttr(node, "transposeA") !== isTransposed(a) }
  const right = { input: b, across: flagAttr(node, "transposeB") !== isTransposed(b) }
  if (!asTransposed) return { left, right, rows, inner, columns }
  const otherSide = ({ input, across }: Side): Side => ({ input, across: !across })
  return { left: otherSide(right), right: otherSide(left), rows: columns, inner, columns: rows }
}

/** Rebuilds a graph with some of its matrices transposed. */
export const transposeMatrices = (graph: Graph, isTransposed: (id: Id) => boolean): Graph => {
  const build = graphBuilder()
  const place: Array<Id> = []
  const transposes = new Map<Id, Id>()
  const transposed = (id: Id): Id => {
    const known = transposes.get(id) ?? build.add("Transpose", [id], { perm: [1, 0] })
    transposes.set(id, known)
    return known
  }
  /** an operand in the layout of an op that works on transposed matrices, or on normal ones */
  const operand = (input: Id, asTransposed: boolean): Id => {
    const id = place[input] ?? 0
    const { shape } = nodeAt(graph, input)
    if (isMatrix(nodeAt(graph, input))) return isTransposed(input) === asTransposed ? id : transposed(id)
    if (!asTransposed || shape.length === 0) return id
    return build.add("Reshape", [id], { shape: shape.length === 1 ? [...shape, 1] : shape.toReversed() })
  }
  for (const [id, node] of graph.nodes.entries()) {
    place.push(placed(graph, node, isMatrix(node) && isTransposed(id), { build, operand, isTransposed, place }))
  }
  return build.finish(mapValues(graph.outputs, (id) => place[id] ?? 0))
}

interface Context {
  readonly build: GraphBuilder
  readonly operand: (input: Id, asTransposed: boolean) => Id
  readonly isTransposed: (id: Id) => boolean
  readonly place: ReadonlyArray<Id>
}

const placed = (
  graph: Graph,
  node: Node,
  asTransposed: boolean,
  { build, operand, isTransposed, place }: Context
): Id => {
  const at = (id: Id): Id => place[id] ?? 0
  const shape = asTransposed ? node.shape.toReversed() : node.shape
  if (isProduct(node)) {
    const { left, right } = productOf(graph, node, asTransposed, isTransposed)
    const [, , bias] = node.inputs
    const inputs = [at(left.input), at(right.input), ...(bias === undefined ? [] : [operand(bias, asTransposed)])]
    const attrs = { ...node.attrs, transposeA: left.across, transposeB: right.across }
    return build.push({ ...node, inputs, attrs, shape })
  }
  const [x] = node.inputs
  if (isSum(node) && x !== undefined && isMatrix(nodeAt(graph, x)) && isTransposed(x)) {
    const axis = listAttr(node, "axis").map((each) => 1 - each)
    const sum = build.add(node.kernel, [at(x)], { ...node.attrs, axis: axis.toSorted() })
    return node.shape.length === 2 ? build.add("Reshape", [sum], { shape: node.shape }) : sum
  }
  const inputs = node.inputs.map((input) => operand(input, asTransposed))
  return asTransposed ? build.push({ ...node, inputs, attrs: transposedAttrs(node), shape }) : keep(node, inputs, build)
}

const transposedAttrs = (node: Node): Node["attrs"] => {
  const { attrs, kernel } = node
  if (kernel === "Slice")
    return { ...attrs, begin: listAttr(node, "begin").toReversed(), size: listAttr(node, "size").toReversed() }
  if (kernel === "PadV2") return { ...attrs, paddings: pairsAttr(node, "paddings").toReversed() }
  return kernel === "Concat" ? { ...attrs, axis: 1 - numberAttr(node, "axis") } : attrs
}
