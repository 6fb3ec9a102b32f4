import { type Id, type Node, nodeAt } from "../../trace/Graph.ts"
import type { Bindings, Loop } from "../Engine.ts"
import { carriedShapes, type Feed, feedsOf, type Leaf, leavesOf, outputId, tableOf } from "../leaves.ts"
import { attr, encode, typeCode } from "./proto.ts"
import { type StepLeaves, step } from "./step.ts"
import type { Trace } from "./trace.ts"
import { type Turn, turns } from "./turns.ts"
import { type Carried, carriedVariable, type Variable, variable } from "./variables.ts"
import { control, type Wire, type Writer, writer } from "./writer.ts"

/** A loop as a SavedModel, and the nodes by which it is fed, run and read. */
export interface Model extends Places {
  readonly bytes: Uint8Array
  readonly steps: Wire
  readonly emitted: ReadonlyArray<Emitted>
  /** how many steps were done, known when the state has moved on */
  readonly done: Wire
  /** fetched, puts the state from before the last call back */
  readonly undo: Wire
}

export interface Emitted {
  readonly name: string
  readonly node: Node
  /** `[k, ...shape]`, with nothing in the place of steps that were not done */
  readonly wire: Wire
}

/** Where the values are that come from outside. */
interface Places {
  readonly carried: Readonly<Record<string, Carried>>
  readonly fixed: Readonly<Record<string, Variable>>
  readonly tables: Readonly<Record<string, Variable>>
  readonly feeds: ReadonlyArray<Feed & { readonly wire: Wire }>
}

/**
 * Writes a loop as a graph of which one call runs `steps` turns. State, fixed inputs and tables are variables of the
 * session. The loop ends early after a step whose `value` is not finite, where there is state that more would spoil.
 */
export const lower = (loop: Loop, bindings: Bindings, traced: Trace): Model => {
  const to = writer()
  const places = placesOf(to, loop, bindings)
  const state = Object.values(places.carried)
  const outputs = loop.emitted.map((name) => ({ name, node: nodeAt(loop.graph, outputId(loop, name)) }))
  const steps = to.placeholder("int32", [])
  const first = [
    ...state.map(({ value, type }) => ({ first: value, type })),
    ...outputs.map(({ node }) => ({ first: emptyList(to, node, steps), type: "variant" as const }))
  ]
  const intoTurn = step(to, traced, leavesIn(to, loop, bindings, places))
  const { values, done } = turns(to, steps, first, (turn) => {
    const wireOf = intoTurn(turn)
    const result = (output: string): Wire => wireOf(traced.results[output])
    const lists = outputs.map(({ name, node }, i) => {
      const list = turn.values[state.length + i] ?? ""
      return to.op("TensorListSetItem", [list, turn.index, result(name)], { element_dtype: attr.type(node.dtype) })
    })
    return {
      values: [...Object.values(loop.carried).map(result), ...lists],
      goOn: guards(loop) ? to.op("IsFinite", [result("value")], { T: attr.type("float32") }) : undefined
    }
  })
  const moved = state.flatMap(({ value, advance }, i) => advance(value, values[i] ?? ""))
  return {
    ...places,
    steps,
    emitted: outputs.map(({ name, node }, i) => ({
      name,
      node,
      wire: stacked(to, values[state.length + i] ?? "", node)
    })),
    done: to.op("Identity", [done, ...moved.map(control)], { T: attr.type("int32") }),
    undo: to.afterAll(state.map(({ goBack }) => goBack)),
    bytes: encode(to.nodes)
  }
}

/** Only a loop that learns is stopped by a number: others may have infinities to tell. */
const guards = (loop: Loop): boolean => {
  const value = loop.graph.outputs["value"]
  if (value === undefined || !loop.emitted.includes("value") || Object.keys(loop.carried).length === 0) return false
  const { shape, dtype } = nodeAt(loop.graph, value)
  return shape.length === 0 && dtype === "float32"
}

const placesOf = (to: Writer, loop: Loop, bindings: Bindings): Places => {
  const fixed: Record<string, Variable> = {}
  const tables: Record<string, Variable> = {}
  for (const { node, role } of leavesOf(loop)) {
    if (role.kind === "fixed") fixed[role.name] ??= variable(to, `fixed ${role.name}`, node.dtype, node.shape)
    if (role.kind === "rows") {
      const { values, shape } = tableOf(bindings.tables, role.table)
      const type = values instanceof Uint8Array ? "uint8" : "float32"
      tables[role.table] ??= variable(to, `table ${role.table}`, type, shape)
    }
  }
  const carried = Object.entries(carriedShapes(loop)).map(
    ([name, { dtype, shape }]) => [name, carriedVariable(to, `carried ${name}`, dtype, shape)] as const
  )
  const feeds = feedsOf(loop, bindings).map((feed) => ({
    ...feed,
    wire: to.placeholder(feed.dtype, [-1, ...feed.shape])
  }))
  return { fixed, tables, carried: Object.fromEntries(carried), feeds }
}

/** How each leaf of the graph is read, outside of the loop or in a turn. */
const leavesIn = (
  to: Writer,
  loop: Loop,
  bindings: Bindings,
  { carried, fixed, tables, feeds }: Places
): StepLeaves => {
  const leaves = new Map<Id, Leaf>(leavesOf(loop).map((leaf) => [leaf.id, leaf]))
  const leafAt = (id: Id): Leaf => present(leaves.get(id), `leaf ${id}`)
  const fed = (name: string, { bring, index, begin }: Turn): Wire => {
    const { wire, dtype } = present(
      feeds.find((feed) => feed.name === name),
      `feed '${name}'`
    )
    return to.op("GatherV2", [bring(wire, attr.type(dtype)), index, to.int(0, begin)], {
      Tparams: attr.type(dtype),
      Tindices: attr.type("int32"),
      Taxis: attr.type("int32")
    })
  }
  const scaled = (rows: Wire, type: Variable["type"], scale: number, { dtype }: Node, turn: Turn): Wire => {
    const cast = (x: Wire, from: Variable["type"], into: Variable["type"]): Wire =>
      from === into ? x : to.op("Cast", [x], { SrcT: attr.type(from), DstT: attr.type(into) })
    const numbers = cast(rows, type, "float32")
    const factor = to.constant(typeCode.float32, [], Float32Array.of(scale), turn.begin)
    const values = scale === 1 ? numbers : to.op("Mul", [numbers, factor], { T: attr.type("float32") })
    return cast(values, "float32", dtype)
  }
  return {
    moves: (id) => leafAt(id).role.kind !== "fixed",
    typeOf: (id) => typeCode[leafAt(id).node.dtype],
    outside: (id) => {
      const { role } = leafAt(id)
      if (role.kind !== "fixed") throw new RangeError(`leaf ${id} changes from turn to turn`)
      return present(fixed[role.name], role.name).value
    },
    inside: (id, turn) => {
      const { node, role } = leafAt(id)
      if (role.kind === "feed") return fed(role.name, turn)
      if (role.kind === "carried") return turn.values[Object.keys(carried).indexOf(role.name)] ?? ""
      if (role.kind !== "rows") throw new RangeError(`leaf ${id} does not change from turn to turn`)
      const { handle, type } = present(tables[role.table], role.table)
      const handles = turn.bring(handle, attr.type("resource"))
      const rows = to.op("ResourceGather", [handles, fed(role.indices, turn)], {
        dtype: attr.type(type),
        Tindices: attr.type("int32")
      })
      return scaled(rows, type, tableOf(bindings.tables, role.table).scale, node, turn)
    }
  }
}

const emptyList = (to: Writer, { dtype, shape }: Node, length: Wire): Wire =>
  to.op("TensorListReserve", [to.dims(shape), length], {
    element_dtype: attr.type(dtype),
    shape_type: attr.type("int32")
  })

const stacked = (to: Writer, list: Wire, { dtype, shape }: Node): Wire =>
  to.op("TensorListStack", [list, to.dims(shape)], { element_dtype: attr.type(dtype) })

const present = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new RangeError(`the loop has no ${what}`)
  return value
}
