import { type Graph, type Id, type Node, nodeAt } from "../../trace/Graph.ts"

/** Writes `dy · step(x)`, the gradient of a ReLU, as TensorFlow's one op for it. */
export const fuse = (graph: Graph): Graph => {
  const relus = new Map<Id, Id>()
  graph.nodes.forEach(({ kernel, inputs: [x] }, id) => {
    if (kernel === "Relu" && x !== undefined && !relus.has(x)) relus.set(x, id)
  })
  const slopeOf = (id: Id | undefined): Id | undefined => {
    if (id === undefined) return undefined
    const { kernel, attrs, inputs } = nodeAt(graph, id)
    return kernel === "Step" && attrs["alpha"] === 0 ? relus.get(inputs[0] ?? -1) : undefined
  }
  const nodes = graph.nodes.map((node, id): Node => {
    const [a, b] = node.inputs
    if (node.kernel !== "Multiply" || a === undefined || b === undefined) return node
    const [dy, relu] = slopeOf(b) === undefined ? [b, slopeOf(a)] : [a, slopeOf(b)]
    if (relu === undefined || relu > id || String(nodeAt(graph, dy).shape) !== String(nodeAt(graph, relu).shape))
      return node
    return { ...node, kernel: "ReluGrad", inputs: [dy, relu], names: ["dy", "x"], attrs: {} }
  })
  return { ...graph, nodes }
}
