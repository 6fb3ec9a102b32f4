import { type Key, labelOf } from "../tensor/random.ts"
import { type Shape, sizeOf } from "../tensor/Tensor.ts"

/** The number types of recorded values: tfjs's own, less strings and complex numbers. */
export type DType = "float32" | "int32" | "bool"

/** The place of a node in its graph. */
export type Id = number

/** Attributes are plain data: what the tfjs kernel was given, less the tensors. */
export type Attrs = Readonly<Record<string, unknown>>

/** One kernel call with one output. `names` are the kernel's own names for its inputs (`a`, `b`, `x`, …). */
export interface Node {
  readonly kernel: string
  readonly inputs: ReadonlyArray<Id>
  readonly names: ReadonlyArray<string>
  readonly attrs: Attrs
  readonly shape: Shape
  readonly dtype: DType
}

/** A recorded program: nodes in an order in which each comes after its inputs, and the named results. */
export interface Graph {
  readonly nodes: ReadonlyArray<Node>
  readonly outputs: Readonly<Record<string, Id>>
}

/** The values of a constant, in row-major order. */
export type Values = Float32Array | Int32Array | Uint8Array

/** The leaves: kernels of ours that read nothing. */
export const leaf = {
  input: (name: string, shape: Shape, dtype: DType = "float32"): Node => ({
    kernel: "Input",
    inputs: [],
    names: [],
    attrs: { name },
    shape,
    dtype
  }),
  constant: (values: Values, shape: Shape, dtype: DType): Node => ({
    kernel: "Const",
    inputs: [],
    names: [],
    attrs: { values },
    shape,
    dtype
  }),
  noise: (law: NoiseLaw, site: string, shape: Shape, stream?: string): Node => ({
    kernel: "Noise",
    inputs: [],
    names: [],
    attrs: { law, site, ...(stream === undefined ? {} : { stream }) },
    shape,
    dtype: "float32"
  })
} as const

/** What a noise node draws: standard normal numbers, or uniform ones in the open interval (0, 1). */
export type NoiseLaw = "normal" | "uniform"

export const isLeaf = (node: Node): boolean =>
  node.kernel === "Input" || node.kernel === "Const" || node.kernel === "Noise"

export const nodeAt = (graph: Pick<Graph, "nodes">, id: Id): Node => {
  const node = graph.nodes[id]
  if (node === undefined) throw new RangeError(`graph has no node ${id}`)
  return node
}

export const nameOf = (node: Node): string => String(node.attrs["name"])

/** Whose numbers a noise node draws: those of its site, or of one stream of it. */
export const streamOf = ({ attrs }: Pick<Node, "attrs">): Pick<Key, "site" | "stream"> => {
  const stream = attrs["stream"]
  return { site: String(attrs["site"]), ...(stream === undefined ? {} : { stream: String(stream) }) }
}

/** The same as one name. */
export const noiseLabel = (node: Pick<Node, "attrs">): string => labelOf(streamOf(node))

export const valuesOf = (node: Node): Values => node.attrs["values"] as Values

/** An array of `size` equal numbers, as a constant of that type holds them. */
export const filledValues = (dtype: DType, size: number, value: number): Values => {
  if (dtype === "float32") return new Float32Array(size).fill(value)
  return dtype === "int32" ? new Int32Array(size).fill(value) : new Uint8Array(size).fill(value === 0 ? 0 : 1)
}

/** The single number of a constant that repeats one number, such as `2` or `zeros([3])`. */
export const uniformValue = (node: Node): number | undefined => {
  if (node.kernel !== "Const") return undefined
  const values = valuesOf(node)
  const first = values[0]
  return first !== undefined && (sizeOf(node.shape) === 1 || values.every((v) => v === first)) ? first : undefined
}

/** Every node that the given ones depend on, themselves included. */
export const ancestors = (graph: Pick<Graph, "nodes">, roots: Iterable<Id>): ReadonlySet<Id> => {
  const seen = new Set<Id>()
  const stack = [...roots]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    stack.push(...nodeAt(graph, id).inputs)
  }
  return seen
}

/** Every node that depends on one of the given ones, themselves included. */
export const descendants = (graph: Pick<Graph, "nodes">, roots: Iterable<Id>): ReadonlySet<Id> => {
  const seen = new Set<Id>(roots)
  graph.nodes.forEach((node, id) => {
    if (node.inputs.some((input) => seen.has(input))) seen.add(id)
  })
  return seen
}

/** How many nodes and results read each node. */
export const readersOf = (graph: Graph): ReadonlyMap<Id, number> => {
  const readers = new Map<Id, number>()
  for (const id of [...graph.nodes.flatMap(({ inputs }) => inputs), ...Object.values(graph.outputs)]) {
    readers.set(id, (readers.get(id) ?? 0) + 1)
  }
  return readers
}

/** One line a node, for snapshots and for reading: `%3 = Add(%1, %2) : float32[20]`. */
export const print = (graph: Graph): string => {
  const attrs = (node: Node): string => {
    const shown = Object.entries(node.attrs).map(([key, value]) => `${key}=${showAttr(value)}`)
    return shown.length === 0 ? "" : ` {${shown.join(", ")}}`
  }
  const lines = graph.nodes.map(
    (node, id) =>
      `%${id} = ${node.kernel}(${node.inputs.map((i) => `%${i}`).join(", ")})${attrs(node)} : ${node.dtype}[${node.shape.join(",")}]`
  )
  const outputs = Object.entries(graph.outputs).map(([name, id]) => `${name} = %${id}`)
  return [...lines, `return ${outputs.join(", ")}`].join("\n")
}

const showAttr = (value: unknown): string => {
  if (ArrayBuffer.isView(value)) {
    const values = [...(value as Float32Array)]
    return values.length <= 4 ? `[${values.join(",")}]` : `[${values.slice(0, 3).join(",")},… ${values.length}]`
  }
  return JSON.stringify(value, exactly) ?? "undefined"
}

/** For JSON.stringify: infinities, NaN and −0 stay apart, where JSON would make them null and 0. */
export const exactly = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? Object.is(value, -0)
      ? "-0"
      : String(value)
    : value
