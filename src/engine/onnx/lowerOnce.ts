import { ancestors, type Graph, type Id, isLeaf, type Node, nameOf, nodeAt, type Values } from "../../trace/Graph.ts"
import { known, lowerNode } from "./lower.ts"
import { constantIn } from "./lowerScan.ts"
import { type GraphProto, tensorProto, type ValueInfoProto, valueInfo } from "./proto.ts"
import type { Operand } from "./rule.ts"
import { type Name, node, writer, written } from "./writer.ts"

/** The outside of a graph that is written as a model of its own. */
export interface Ports {
  /** numbers that are stored in the model, by the name of the input that they stand for */
  readonly weights: Readonly<Record<string, Values>>
  /** the name in the model of every other leaf */
  readonly input: (leaf: Node) => Name
  /** output of the graph → its name in the model */
  readonly outputs: Readonly<Record<string, Name>>
}

/**
 * Writes a graph that is computed once as an ONNX graph, with its weights as initializers. Names that it makes itself begin with a slash.
 *
 * @throws UnsupportedKernel when a kernel has no rule
 */
export const lowerOnce = (graph: Graph, { weights, input, outputs }: Ports): GraphProto => {
  const results = Object.keys(outputs).map((output) => graph.outputs[output] ?? -1)
  const all = written()
  const to = writer(all, all, new Map(), "/n", "/c")
  const values = new Map<Id, Operand>()
  const inputs = new Map<Name, ValueInfoProto>()
  const leafName = (leaf: Node): Name => {
    if (leaf.kernel === "Const") return constantIn(leaf, to)
    const stored = leaf.kernel === "Input" ? weights[nameOf(leaf)] : undefined
    if (stored === undefined) {
      const name = input(leaf)
      inputs.set(name, valueInfo(name, leaf.dtype, leaf.shape))
      return name
    }
    const name = `/${nameOf(leaf)}`
    all.initializers.push(tensorProto(name, "float32", leaf.shape, Float32Array.from(stored)))
    return name
  }
  for (const id of [...ancestors(graph, results)].sort((a, b) => a - b)) {
    const current = nodeAt(graph, id)
    values.set(id, { ...current, name: isLeaf(current) ? leafName(current) : lowerNode(current, values, to) })
  }
  const output = Object.values(outputs).map((name, i) => {
    const value = known(values, results[i] ?? -1)
    all.nodes.push(node("Identity", [value.name], [name]))
    return valueInfo(name, value.dtype, value.shape)
  })
  return { name: "once", node: all.nodes, initializer: all.initializers, input: [...inputs.values()], output }
}
