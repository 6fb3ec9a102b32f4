import { UnsupportedKernel } from "../../Errors.ts"
import type { Graph, Node } from "../../trace/Graph.ts"
import { allNodes } from "../../trace/region.ts"
import { contract } from "../contract.ts"
import { anySize, type Sizes } from "./anySize.ts"
import { fuse } from "./fuse.ts"
import { opset } from "./lower.ts"
import { lowerOnce, type Ports } from "./lowerOnce.ts"
import { elementType, encode, type GraphProto, type ValueInfoProto } from "./proto.ts"
import { missingRule } from "./rules.ts"

/** A computation with dimensions that are left open, as a graph for each choice of sizes. */
export interface Sized {
  readonly open: ReadonlyArray<string>
  readonly at: (sizes: Sizes) => Graph
}

/** An input or output of a model: open dimensions have a name in place of a number. */
export interface Port {
  readonly name: string
  readonly type: string
  readonly shape: ReadonlyArray<number | string>
}

/** A model of its own, for ONNX Runtime in any language. */
export interface Portable {
  readonly bytes: Uint8Array
  readonly inputs: ReadonlyArray<Port>
  readonly outputs: ReadonlyArray<Port>
}

/**
 * Writes a computation as an ONNX model for any size of its open dimensions, with its weights inside.
 *
 * @param facts of the model, by name
 * @throws UnsupportedKernel, with the operation, for one without a rule, or where a size has another effect than on shapes
 */
export const portable = (
  { open, at }: Sized,
  ports: Ports,
  { version, facts }: { readonly version: string; readonly facts: Readonly<Record<string, string>> }
): Portable => {
  const lowered = (sizes: Sizes): GraphProto => {
    const graph = fuse(contract(at(sizes)))
    const missing = missingRule(graph.nodes)
    if (missing !== undefined)
      throw new UnsupportedKernel({
        kernel: missing.kernel,
        during: missing.during,
        advice: "Write it with other ops."
      })
    return lowerOnce(graph, ports)
  }
  const graph = anySize(lowered, choices(open, at))
  const isOwn = graphs(graph).some(({ node }) => node.some(({ domain }) => domain === opset.runtime.domain))
  const bytes = encode({
    irVersion: 8,
    producerName: "latent",
    producerVersion: version,
    metadataProps: Object.entries(facts).map(([key, value]) => ({ key, value })),
    opsetImport: [opset.onnx, ...(isOwn ? [opset.runtime] : [])],
    graph: { ...graph, name: "latent" }
  })
  return { bytes, inputs: graph.input.map(portOf), outputs: graph.output.map(portOf) }
}

/** Two prime sizes for each open dimension, of which no dimension of the graph is a multiple, and which are too large for constants that are written out. */
const choices = (open: ReadonlyArray<string>, at: Sized["at"]): Readonly<Record<string, readonly [number, number]>> => {
  const small = at(Object.fromEntries(open.map((name) => [name, 2])))
  const taken = new Set(allNodes(small.nodes).flatMap(({ shape }: Node) => shape))
  const isFree = (prime: number): boolean => [...taken].every((size) => size % prime !== 0 || size === 0)
  const free = primes.filter(isFree)
  return Object.fromEntries(open.map((name, i) => [name, [free[2 * i] ?? 0, free[2 * i + 1] ?? 0]] as const))
}

const primes = Array.from({ length: 400 }, (_, i) => 101 + 2 * i).filter((n) => {
  for (let d = 3; d * d <= n; d += 2) if (n % d === 0) return false
  return true
})

const portOf = ({ name, type }: ValueInfoProto): Port => {
  const { elemType, shape } = type.tensorType
  return {
    name,
    type: Object.entries(elementType).find(([, number]) => number === elemType)?.[0] ?? String(elemType),
    shape: shape.dim.map((each) => ("dimValue" in each ? each.dimValue : each.dimParam))
  }
}

/** A graph and those inside of it. */
const graphs = (graph: GraphProto): ReadonlyArray<GraphProto> => [
  graph,
  ...graph.node.flatMap(({ attribute }) => attribute.flatMap(({ g }) => (g === undefined ? [] : graphs(g))))
]
