import { type Attrs, type Graph, type Id, leaf, type Node, nodeAt } from "./Graph.ts"
import { kernelNamed } from "./kernels/index.ts"
import type { Builder, Info } from "./kernels/KernelRow.ts"

/** A graph under construction: passes append nodes to it, and `finish` names the results. */
export interface GraphBuilder extends Builder {
  readonly push: (node: Node) => Id
  readonly nodes: ReadonlyArray<Node>
  readonly finish: (outputs: Readonly<Record<string, Id>>) => Graph
}

export const graphBuilder = (): GraphBuilder => {
  const nodes: Array<Node> = []
  const push = (node: Node): Id => nodes.push(node) - 1
  const info = (id: Id): Info => nodeAt({ nodes }, id)
  return {
    nodes,
    push,
    info,
    constant: (values, shape) => push(leaf.constant(values, shape, values instanceof Int32Array ? "int32" : "float32")),
    add: (kernel, inputs, attrs = {}) => push(makeNode(kernel, inputs, inputs.map(info), attrs)),
    finish: (outputs) => ({ nodes, outputs })
  }
}

/** A node of a tfjs kernel, with its attributes in canonical form and its inferred shape. */
export const makeNode = (kernel: string, inputs: ReadonlyArray<Id>, infos: ReadonlyArray<Info>, given: Attrs): Node => {
  const row = kernelNamed(kernel, "a program is being recorded")
  const attrs = row.attrs?.(infos, given) ?? given
  const { shape, dtype } = row.infer(infos, attrs, kernel)
  return { kernel, inputs, names: row.inputs ?? inputs.map((_, i) => String(i)), attrs, shape, dtype }
}

/** The function of a pass for one node. It returns the index of the replacement in the new graph. */
export type Rewrite = (node: Node, inputs: ReadonlyArray<Id>, build: GraphBuilder, id: Id) => Id

/** Rebuilds a graph node by node; `rewrite` returns the new index of each old node. */
export const rebuild = (graph: Graph, rewrite: Rewrite): Graph => {
  const build = graphBuilder()
  const place: Array<Id> = []
  let hasMoved = false
  graph.nodes.forEach((node, id) => {
    const inputs = hasMoved ? node.inputs.map((input) => place[input] ?? 0) : node.inputs
    const now = rewrite(node, inputs, build, id)
    place.push(now)
    hasMoved ||= now !== id
  })
  return build.finish(mapValues(graph.outputs, (id) => place[id] ?? 0))
}

/** The same node with the new indices of its inputs; where these are the old ones, the node itself. */
export const keep = (node: Node, inputs: ReadonlyArray<Id>, build: GraphBuilder): Id =>
  build.push(isAsBefore(node, inputs) ? node : { ...node, inputs })

const isAsBefore = (node: Node, inputs: ReadonlyArray<Id>): boolean =>
  node.inputs === inputs || node.inputs.every((input, i) => input === inputs[i])

export const mapValues = <A, B>(
  record: Readonly<Record<string, A>>,
  f: (value: A, key: string) => B
): Record<string, B> => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]))
