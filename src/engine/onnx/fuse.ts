import { type Graph, type Id, type Node, nodeAt, readersOf, readingNodes } from "../../trace/Graph.ts"

/**
 * Writes several ops as one node if ONNX Runtime computes them in one pass. Values stay the same.
 * - a matrix product whose only reader adds a bias → a product with a bias;
 * - the slope of a ReLU, step(x), beside the ReLU itself → step(relu(x)): x then has one reader, and ONNX Runtime puts the ReLU into the product too;
 * - a softplus that is read only by a sum needs only absolute accuracy, and is marked so.
 */
export const fuse = (graph: Graph): Graph => summedSoftplus(stepOfRelu(productWithBias(graph)))

const productWithBias = (graph: Graph): Graph => {
  const readers = readersOf(graph)
  const nodes = graph.nodes.map((node): Node => {
    if (node.kernel !== "Add") return node
    const [a, b] = node.inputs
    if (a === undefined || b === undefined) return node
    return withBias(graph, readers, node, a, b) ?? withBias(graph, readers, node, b, a) ?? node
  })
  return { ...graph, nodes }
}

const withBias = (
  graph: Graph,
  readers: ReadonlyMap<Id, number>,
  sum: Node,
  product: Id,
  bias: Id
): Node | undefined => {
  const { kernel, inputs, names, attrs, shape, dtype } = nodeAt(graph, product)
  const added = nodeAt(graph, bias)
  const fits = shape.length === 2 && added.shape.length === 1 && added.shape[0] === shape[1]
  if (kernel !== "BatchMatMul" || readers.get(product) !== 1 || !fits || added.dtype !== "float32") return undefined
  return {
    kernel: "_FusedMatMul",
    inputs: [...inputs, bias],
    names: [...names, "bias"],
    attrs: { ...attrs, activation: "linear" },
    shape: sum.shape,
    dtype
  }
}

const stepOfRelu = (graph: Graph): Graph => {
  const relus = new Map<Id, Id>()
  graph.nodes.forEach(({ kernel, inputs: [x] }, id) => {
    if (kernel === "Relu" && x !== undefined && !relus.has(x)) relus.set(x, id)
  })
  const nodes = graph.nodes.map((node, id): Node => {
    const relu = relus.get(node.inputs[0] ?? -1)
    return node.kernel === "Step" && node.attrs["alpha"] === 0 && relu !== undefined && relu < id
      ? { ...node, inputs: [relu] }
      : node
  })
  return { ...graph, nodes }
}

const summedSoftplus = (graph: Graph): Graph => {
  const results = new Set(Object.values(graph.outputs))
  const readers = readingNodes(graph)
  const onlySummed = (id: Id): boolean =>
    !results.has(id) &&
    (readers.get(id) ?? []).every((reader) => {
      const { kernel } = nodeAt(graph, reader)
      return kernel === "Sum" || kernel === "Mean" || (additive.has(kernel) && onlySummed(reader))
    })
  const nodes = graph.nodes.map(
    (node, id): Node =>
      node.kernel === "Softplus" && onlySummed(id) ? { ...node, attrs: { ...node.attrs, summed: true } } : node
  )
  return { ...graph, nodes }
}

const additive = new Set(["Add", "Sub", "Neg"])
