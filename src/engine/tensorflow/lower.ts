import { type Id, type Node, nodeAt } from "../../trace/Graph.ts"
import type { Bindings, Loop } from "../Engine.ts"
import { carriedShapes, type Feed, feedsOf, type Leaf, leavesOf, outputId, tableOf } from "../leaves.ts"
import type { InPlace, Update } from "./adam.ts"
import { applied, kept, unitsOf, updated } from "./inPlace.ts"
import { type Turn, turns } from "./iterations.ts"
import { attr, encode, typeCode } from "./proto.ts"
import { type StepLeaves, step } from "./step.ts"
import type { Trace } from "./trace.ts"
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
 * session. What Adam updates stays in its variables; of other state each turn hands its values on to the next. The loop
 * ends early after a step whose `value` is not finite, where there is state that more would spoil.
 *
 * @param whole the loop as it was given
 * @param rest the same without the updates in place, as it was traced
 */
export const lower = (whole: Loop, { loop: rest, updates }: InPlace, bindings: Bindings, traced: Trace): Model => {
  const to = writer()
  const places = placesOf(to, whole, rest, updates, bindings)
  const carried = (name: string): Carried => present(places.carried[name], `carried value '${name}'`)
  const handedOn = Object.keys(rest.carried).filter((name) => updates.every(({ parameter }) => parameter !== name))
  const state = handedOn.map(carried)
  const outputs = whole.emitted.map((name) => ({ name, node: nodeAt(rest.graph, outputId(rest, name)) }))
  const steps = to.placeholder("int32", [])
  const first = [
    ...state.map(({ value, type }) => ({ first: value, type })),
    ...outputs.map(({ node }) => ({ first: emptyList(to, node, steps), type: "variant" as const })),
    ...updates.map((update) => ({ first: kept(to, update, carried), type: "int32" as const }))
  ]
  const [lists, marks] = [state.length, state.length + outputs.length]
  const intoTurn = step(to, traced, leavesIn(to, rest, bindings, places))
  const { values, done } = turns(to, steps, first, (turn) => {
    const now = new Map(handedOn.map((name, i) => [name, wireAt(turn.values, i)]))
    updates.forEach(({ parameter }, i) => {
      now.set(parameter, updated(to, carried(parameter), turn, wireAt(turn.values, marks + i)))
    })
    const wireOf = intoTurn({ ...turn, values: Object.keys(rest.carried).map((name) => now.get(name) ?? "") })
    const result = (output: string): Wire => wireOf(traced.results[output])
    const emitted = outputs.map(({ name, node }, i) =>
      to.op("TensorListSetItem", [wireAt(turn.values, lists + i), turn.index, result(name)], {
        element_dtype: attr.type(node.dtype)
      })
    )
    const applications = updates.map((update) =>
      applied(to, update, carried, turn, now.get(update.parameter) ?? "", result)
    )
    return {
      values: [...handedOn.map((name) => result(rest.carried[name] ?? "")), ...emitted, ...applications],
      goOn: guards(whole) ? to.op("IsFinite", [result("value")], { T: attr.type("float32") }) : undefined
    }
  })
  const moved = state.flatMap(({ value, advance }, i) => advance(value, wireAt(values, i)))
  return {
    ...places,
    steps,
    emitted: outputs.map(({ name, node }, i) => ({ name, node, wire: stacked(to, wireAt(values, lists + i), node) })),
    done: to.op("Identity", [done, ...[...moved, ...values.slice(marks)].map(control)], { T: attr.type("int32") }),
    undo: to.afterAll(Object.values(places.carried).map(({ goBack }) => goBack)),
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

const placesOf = (to: Writer, whole: Loop, loop: Loop, updates: ReadonlyArray<Update>, bindings: Bindings): Places => {
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
  const units = unitsOf(updates)
  const carried = Object.entries(carriedShapes(whole)).map(
    ([name, { dtype, shape }]) => [name, carriedVariable(to, `carried ${name}`, dtype, shape, units[name])] as const
  )
  const feeds = feedsOf(loop, bindings).map((feed) => ({
    ...feed,
    wire: to.placeholder(feed.dtype, [-1, ...feed.shape])
  }))
  return { fixed, tables, carried: Object.fromEntries(carried), feeds }
}

/** How each leaf of the graph is read, outside of the loop or in a turn. */
const leavesIn = (to: Writer, loop: Loop, bindings: Bindings, { fixed, tables, feeds }: Places): StepLeaves => {
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
      if (role.kind === "carried") return wireAt(turn.values, Object.keys(loop.carried).indexOf(role.name))
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

const wireAt = (wires: ReadonlyArray<Wire>, place: number): Wire => present(wires[place], `value ${place}`)

const present = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new RangeError(`the loop has no ${what}`)
  return value
}
