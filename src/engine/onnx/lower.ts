import type { Shape } from "../../tensor/Tensor.ts"
import { type DType, descendants, type Id, isLeaf, type Node, nodeAt } from "../../trace/Graph.ts"
import { isScan } from "../../trace/region.ts"
import type { Bindings, Loop, Table } from "../Engine.ts"
import { carriedShapes, type Feed, feedsOf, type Leaf, leavesOf, neededNodes, outputId, tableOf } from "../leaves.ts"
import { constantIn, lowerScan } from "./lowerScan.ts"
import { type ElementType, encode, type GraphProto, type ValueInfoProto, valueInfo } from "./proto.ts"
import { cast, type Operand } from "./rule.ts"
import { ruleFor } from "./rules.ts"
import { type Name, node, type Writer, type Written, writer, written } from "./writer.ts"

/** A loop as an ONNX model, and the names of its inputs and outputs in the model. */
export interface Model {
  readonly bytes: Uint8Array
  /** how many operations it has, those in the bodies of recurrences aside */
  readonly nodes: number
  readonly carried: Readonly<Record<string, Node>>
  readonly fixed: Readonly<Record<string, Node>>
  readonly tables: Readonly<Record<string, Table>>
  readonly feeds: ReadonlyArray<Feed>
  readonly emitted: Readonly<Record<string, Node>>
}

/** The names of a model's inputs and outputs. The runtime reads a name as UTF-8, up to its first NUL character. */
export const port = {
  steps: "steps",
  carried: (name: string): Name => `carried:${escaped(name)}`,
  fixed: (name: string): Name => `fixed:${escaped(name)}`,
  table: (name: string): Name => `table:${escaped(name)}`,
  feed: (name: string): Name => `feed:${escaped(name)}`,
  next: (name: string): Name => `next:${escaped(name)}`,
  emitted: (name: string): Name => `emitted:${escaped(name)}`
} as const

const escaped = (name: string): string =>
  name.replace(/[%\p{Cc}\p{Cs}]/gu, (each) => `%${each.charCodeAt(0).toString(16).padStart(4, "0")}`)

/**
 * Writes a loop as a model with one ONNX `Loop` of `steps` iterations. Carried values are its state, tables and feeds are read by the iteration's
 * number, and emitted outputs are stacked. Nodes that depend on none of these are computed once, before the loop.
 *
 * @throws UnsupportedKernel when a kernel has no rule
 */
export const lower = (loop: Loop, bindings: Bindings): Model => {
  const leaves = leavesOf(loop)
  const feeds = feedsOf(loop, bindings)
  const carried = carriedShapes(loop)
  const emitted = Object.fromEntries(loop.emitted.map((output) => [output, nodeAt(loop.graph, outputId(loop, output))]))
  const fixed: Record<string, Node> = {}
  const tables: Record<string, Table> = {}
  for (const { node, role } of leaves) {
    if (role.kind === "fixed") fixed[role.name] = node
    if (role.kind === "rows") tables[role.table] = tableOf(bindings.tables, role.table)
  }

  const outer = written()
  const body = bodyOf(loop, leaves, tables, outer)
  const names = Object.keys(carried)
  const outputs = [...names.map(port.next), ...loop.emitted.map(port.emitted)]
  const runs = node("Loop", [port.steps, "", ...names.map(port.carried)], outputs, { body: { graph: body } })
  const graph: GraphProto = {
    name: "loop",
    node: [...outer.nodes, runs],
    initializer: outer.initializers,
    input: [
      valueInfo(port.steps, "int64", []),
      ...infos(carried, port.carried),
      ...infos(fixed, port.fixed),
      ...Object.entries(tables).map(([name, table]) => valueInfo(port.table(name), typeOf(table), table.shape)),
      ...feeds.map(({ name, shape, dtype }) => valueInfo(port.feed(name), dtype, ["steps", ...shape]))
    ],
    output: [...infos(carried, port.next), ...infos(emitted, port.emitted, ["steps"])]
  }
  const bytes = encode({ irVersion: 8, producerName: "latent", opsetImport: [opset.onnx, opset.runtime], graph })
  return { bytes, nodes: outer.nodes.length + body.node.length, carried, fixed, tables, feeds, emitted }
}

/** The sets of operations in which the rules write: ONNX's own, and that of ONNX Runtime. */
export const opset = {
  onnx: { domain: "", version: 17 },
  runtime: { domain: "com.microsoft", version: 1 }
} as const

/** The element type of a table in memory. */
export const typeOf = (table: Table): ElementType => (table.values instanceof Uint8Array ? "uint8" : "float32")

const infos = (
  values: Readonly<Record<string, { readonly shape: Shape; readonly dtype: DType }>>,
  name: (key: string) => Name,
  leading: ReadonlyArray<string> = []
): ReadonlyArray<ValueInfoProto> =>
  Object.entries(values).map(([key, { shape, dtype }]) => valueInfo(name(key), dtype, [...leading, ...shape]))

/** One iteration of the loop. Nodes with the same value in all iterations are added to `outer`. */
const bodyOf = (loop: Loop, leaves: ReadonlyArray<Leaf>, tables: Bindings["tables"], outer: Written): GraphProto => {
  const inner = written()
  const cache = new Map<string, Name>()
  const [once, each] = [writer(outer, outer, cache), writer(outer, inner, cache)]
  const values = new Map<Id, Operand>()
  const state = new Map(Object.keys(carriedShapes(loop)).map((name, i) => [name, inBody(i)]))
  for (const leaf of leaves) values.set(leaf.id, { ...leaf.node, name: leafValue(leaf, tables, state, once, each) })

  const moving = leaves.filter(({ role }) => role.kind !== "constant" && role.kind !== "fixed").map(({ id }) => id)
  const changes = descendants(loop.graph, moving)
  for (const id of neededNodes(loop)) {
    const current = nodeAt(loop.graph, id)
    if (!isLeaf(current))
      values.set(id, { ...current, name: lowerNode(current, values, changes.has(id) ? each : once) })
  }

  const inputs = Object.values(carriedShapes(loop)).map(({ dtype, shape }, i) => valueInfo(inBody(i), dtype, shape))
  const made = new Set(inner.nodes.flatMap(({ output }) => output))
  const outputs = [...Object.values(loop.carried), ...loop.emitted].map((output) => {
    const { name, dtype, shape } = known(values, outputId(loop, output))
    return valueInfo(made.delete(name) ? name : each.op("Identity", [name]), dtype, shape)
  })
  return {
    name: iteration,
    node: [...inner.nodes, node("Identity", ["condition"], ["continue"])],
    initializer: inner.initializers,
    input: [valueInfo(iteration, "int64", []), valueInfo("condition", "bool", []), ...inputs],
    output: [valueInfo("continue", "bool", []), ...outputs]
  }
}

const iteration = "iteration"
/** The i-th carried value in the body. A pack of parameters has a name that lists them all, and each of them reads it: its name there is short, so that the model does not grow with its square. */
const inBody = (place: number): Name => `now:${place}`

/** Writes one node by the rule of its kernel. */
export const lowerNode = (current: Node, values: ReadonlyMap<Id, Operand>, to: Writer): Name => {
  const operands = current.inputs.map((input) => known(values, input))
  if (isScan(current)) return lowerScan(current, operands, to, lowerNode)
  const operand = (name: string): Operand => {
    const found = operands[current.names.indexOf(name)]
    if (found === undefined) throw new TypeError(`${current.kernel} has no input '${name}'`)
    return found
  }
  return ruleFor(current.kernel)({ node: current, operands, operand, to })
}

const leafValue = (
  leaf: Leaf,
  tables: Bindings["tables"],
  state: ReadonlyMap<string, Name>,
  once: Writer,
  each: Writer
): Name => {
  const { node, role } = leaf
  const ofThisIteration = (feed: string): Name => each.op("Gather", [port.feed(feed), iteration])
  if (role.kind === "carried") {
    const name = state.get(role.name)
    if (name === undefined) throw new RangeError(`'${role.name}' is not carried`)
    return name
  }
  if (role.kind === "fixed") return port.fixed(role.name)
  if (role.kind === "feed") return ofThisIteration(role.name)
  if (role.kind === "rows") {
    const rows = each.op("Gather", [port.table(role.table), ofThisIteration(role.indices)])
    return scaled(rows, tableOf(tables, role.table), node.dtype, each)
  }
  return constantIn(node, once)
}

const scaled = (rows: Name, table: Table, dtype: DType, to: Writer): Name => {
  const numbers = typeOf(table) === "float32" ? rows : cast(to, rows, "float32")
  const values = table.scale === 1 ? numbers : to.op("Mul", [numbers, to.scalar("float32", table.scale)])
  return dtype === "float32" ? values : cast(to, values, dtype)
}

export const known = (values: ReadonlyMap<Id, Operand>, id: Id): Operand => {
  const value = values.get(id)
  if (value === undefined) throw new RangeError(`node ${id} has not been lowered`)
  return value
}
