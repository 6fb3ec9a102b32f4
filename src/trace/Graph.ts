import { type Key, labelOf } from "../tensor/random.ts"
import { type Shape, sizeOf } from "../tensor/Tensor.ts"

/** The number types of recorded values: those of tfjs, without strings and complex numbers. */
export type DType = "float32" | "int32" | "bool"

/** The index of a node in its graph. */
export type Id = number

/** Attributes are plain data: the arguments of the tfjs kernel that are not tensors. */
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

/** A recorded program: its nodes, each after its inputs, and its named results. */
export interface Graph {
  readonly nodes: ReadonlyArray<Node>
  readonly outputs: Readonly<Record<string, Id>>
}

/** The values of a constant, in row-major order. */
export type Values = Float32Array | Int32Array | Uint8Array

/** The leaves: our own kernels without inputs. */
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
  noise: (distribution: NoiseDistribution, site: string, shape: Shape, stream?: string): Node => ({
    kernel: "Noise",
    inputs: [],
    names: [],
    attrs: { law: distribution, site, ...(stream === undefined ? {} : { stream }) },
    shape,
    dtype: "float32"
  })
} as const

/** The distribution of a noise node: standard normal numbers, or uniform ones in the open interval (0, 1). */
export type NoiseDistribution = "normal" | "uniform"

export const isLeaf = (node: Node): boolean =>
  node.kernel === "Input" || node.kernel === "Const" || node.kernel === "Noise"

export const nodeAt = (graph: Pick<Graph, "nodes">, id: Id): Node => {
  const node = graph.nodes[id]
  if (node === undefined) throw new RangeError(`graph has no node ${id}`)
  return node
}

export const nameOf = (node: Node): string => String(node.attrs["name"])

/** The random stream of a noise node: that of its site, or one of several of the site. */
export const streamOf = ({ attrs }: Pick<Node, "attrs">): Pick<Key, "site" | "stream"> => {
  const stream = attrs["stream"]
  return { site: String(attrs["site"]), ...(stream === undefined ? {} : { stream: String(stream) }) }
}

/** The same as a single name. */
export const noiseLabel = (node: Pick<Node, "attrs">): string => labelOf(streamOf(node))

export const valuesOf = (node: Node): Values => node.attrs["values"] as Values

/** The array of each number type. */
export const arrayOf = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const

/** An array of `size` equal numbers, for a constant of the given type. */
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

/** Every node on which the given nodes depend, including these themselves. */
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

/** Every node that depends on one of the given nodes, including these themselves. */
export const descendants = (graph: Pick<Graph, "nodes">, roots: Iterable<Id>): ReadonlySet<Id> => {
  const seen = new Set<Id>(roots)
  graph.nodes.forEach((node, id) => {
    if (node.inputs.some((input) => seen.has(input))) seen.add(id)
  })
  return seen
}

/** For each node, the number of nodes and results that read it. */
export const readersOf = (graph: Graph): ReadonlyMap<Id, number> => {
  const readers = new Map<Id, number>()
  for (const id of [...graph.nodes.flatMap(({ inputs }) => inputs), ...Object.values(graph.outputs)]) {
    readers.set(id, (readers.get(id) ?? 0) + 1)
  }
  return readers
}

/** For each node, the nodes that read it, among all or some of a graph. */
export const readingNodes = (
  { nodes }: Pick<Graph, "nodes">,
  among: Iterable<Id> = nodes.keys()
): ReadonlyMap<Id, ReadonlyArray<Id>> => {
  const readers = new Map<Id, Array<Id>>()
  for (const id of among)
    for (const input of nodes[id]?.inputs ?? []) {
      const own = readers.get(input)
      if (own === undefined) readers.set(input, [id])
      else own.push(id)
    }
  return readers
}

/** One line per node, for snapshots and for people: `%3 = Add(%1, %2) : float32[20]`. */
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

/** For JSON.stringify: keeps infinities, NaN and −0, which JSON would write as null and 0. */
export const exactly = (_: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? Object.is(value, -0)
      ? "-0"
      : String(value)
    : value
