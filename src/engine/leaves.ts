import { ShapeMismatch } from "../Errors.ts"
import { type Shape, sizeOf } from "../tensor/Tensor.ts"
import {
  ancestors,
  arrayOf,
  type DType,
  type Id,
  isLeaf,
  type Node,
  nameOf,
  nodeAt,
  noiseLabel,
  type Values
} from "../trace/Graph.ts"
import { type Bindings, type Loop, noiseName, type Table } from "./Engine.ts"

/** The source of a leaf's value at each step. */
export type Role =
  | { readonly kind: "constant" }
  | { readonly kind: "carried"; readonly name: string; readonly output: string }
  | { readonly kind: "fixed"; readonly name: string }
  | { readonly kind: "rows"; readonly name: string; readonly table: string; readonly indices: string }
  | { readonly kind: "feed"; readonly name: string }

/** A leaf that the loop reads, and its role. */
export interface Leaf {
  readonly id: Id
  readonly node: Node
  readonly role: Role
}

/** A feed: new values for each step, as `[k, ...shape]`. */
export interface Feed {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
}

export const leafName = (node: Node): string =>
  node.kernel === "Noise" ? noiseName(noiseLabel(node), String(node.attrs["law"])) : nameOf(node)

/** The nodes that a loop must compute, in order: those on which its emitted and carried outputs depend. */
export const neededNodes = (loop: Loop): ReadonlyArray<Id> => {
  const roots = [...loop.emitted, ...Object.values(loop.carried)].map((output) => outputId(loop, output))
  return [...ancestors(loop.graph, roots)].sort((a, b) => a - b)
}

export const outputId = (loop: Loop, output: string): Id => {
  const id = loop.graph.outputs[output]
  if (id === undefined) throw new RangeError(`the graph has no output '${output}'`)
  return id
}

export const leavesOf = (loop: Loop): ReadonlyArray<Leaf> =>
  neededNodes(loop).flatMap((id) => {
    const node = nodeAt(loop.graph, id)
    return isLeaf(node) ? [{ id, node, role: roleOf(loop, node) }] : []
  })

/** The shapes of all carried values, also of those that no node reads. */
export const carriedShapes = (loop: Loop): Readonly<Record<string, Node>> =>
  Object.fromEntries(
    Object.entries(loop.carried).map(([name, output]) => [name, nodeAt(loop.graph, outputId(loop, output))])
  )

/** The feeds of a loop, each once: index feeds and plain feeds. */
export const feedsOf = (loop: Loop, bindings: Bindings): ReadonlyArray<Feed> => {
  const feeds = leavesOf(loop).flatMap(({ node, role }): ReadonlyArray<Feed> => {
    if (role.kind === "feed") return [{ name: role.name, shape: node.shape, dtype: node.dtype }]
    if (role.kind !== "rows") return []
    const eventRank = tableOf(bindings.tables, role.table).shape.length - 1
    return [{ name: role.indices, shape: node.shape.slice(0, node.shape.length - eventRank), dtype: "int32" }]
  })
  return [...new Map(feeds.map((feed) => [feed.name, feed])).values()]
}

export const tableOf = (tables: Bindings["tables"], name: string): Table => {
  const table = tables[name]
  if (table === undefined) throw new RangeError(`no table '${name}' is bound`)
  return table
}

/** @throws ShapeMismatch when a bound value does not have the shape of its leaf */
export const checkBindings = (loop: Loop, bindings: Bindings): void => {
  for (const { node, role } of leavesOf(loop)) {
    if (role.kind === "fixed") checkSize(`fixed input '${role.name}'`, node.shape, bindings.fixed[role.name])
    if (role.kind !== "rows") continue
    const table = tableOf(bindings.tables, role.table)
    checkSize(`table '${role.table}'`, table.shape, table.values)
    const event = table.shape.slice(1)
    const inner = node.shape.slice(node.shape.length - event.length)
    if (event.some((n, axis) => n !== inner[axis])) throw mismatch(`rows of table '${role.table}'`, inner, event)
  }
  checkState(carriedShapes(loop), bindings.state)
}

/** @throws ShapeMismatch when a carried value is missing or has another size */
export const checkState = (
  carried: Readonly<Record<string, { readonly shape: Shape }>>,
  state: Readonly<Record<string, Values>>
): void => {
  for (const [name, { shape }] of Object.entries(carried)) checkSize(`carried value '${name}'`, shape, state[name])
}

/** @throws ShapeMismatch when a feed is missing or does not hold `k` values of its shape */
export const checkFeeds = (expected: ReadonlyArray<Feed>, k: number, feeds: Readonly<Record<string, Values>>): void => {
  for (const { name, shape } of expected) checkSize(`feed '${name}'`, [k, ...shape], feeds[name])
}

/** Whether all numbers are finite. */
export const areFinite = (values: Values): boolean => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value - value !== 0) return false
  }
  return true
}

/** The same numbers in the array type that a dtype asks for; itself where it has it already. */
export const valuesAs = (dtype: DType, values: Values): Values => {
  const TypedArray = arrayOf[dtype]
  return values instanceof TypedArray ? values : TypedArray.from(values)
}

const roleOf = (loop: Loop, node: Node): Role => {
  if (node.kernel === "Const") return { kind: "constant" }
  const name = leafName(node)
  const output = loop.carried[name]
  if (output !== undefined) return { kind: "carried", name, output }
  const rows = loop.rows[name]
  if (rows !== undefined) return { kind: "rows", name, ...rows }
  return { kind: loop.fixed.includes(name) ? "fixed" : "feed", name }
}

const checkSize = (where: string, expected: Shape, values: Values | undefined): void => {
  if (values === undefined) throw mismatch(where, expected, [], "It was not given.")
  if (values.length !== sizeOf(expected)) throw mismatch(where, expected, [values.length])
}

const mismatch = (where: string, expected: Shape, actual: Shape, advice?: string): ShapeMismatch =>
  new ShapeMismatch({ site: undefined, where, expected, actual, ...(advice === undefined ? {} : { advice }) })
