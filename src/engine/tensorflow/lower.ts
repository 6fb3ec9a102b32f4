import { type Id, type Node, nodeAt } from "../../trace/Graph.ts"
import type { Bindings, Loop } from "../Engine.ts"
import { carriedShapes, type Feed, feedsOf, type Leaf, leavesOf, outputId, tableOf } from "../leaves.ts"
import type { InPlace, Update } from "./adam.ts"
import { applied, kept, unitsOf, updated } from "./inPlace.ts"
import { type Iteration, iterate } from "./iterations.ts"
import { attr, encode, typeCode } from "./proto.ts"
import { type StepLeaves, step } from "./step.ts"
import type { Trace } from "./trace.ts"
import { type Carried, carriedVariable, type Variable, variable } from "./variables.ts"
import { control, type Wire, type Writer, writer } from "./writer.ts"

/** A loop as a SavedModel, and the nodes that feed, run and read it. */
export interface Model extends Places {
  readonly bytes: Uint8Array
  readonly steps: Wire
  readonly emitted: ReadonlyArray<Emitted>
  /** the number of steps done; it is known when the state has been updated */
  readonly done: Wire
  /** fetching this node restores the state from before the last call */
  readonly undo: Wire
}

export interface Emitted {
  readonly name: string
  readonly node: Node
  /** `[k, ...shape]`; elements of steps that were not done are empty */
  readonly wire: Wire
}

/** The nodes of the values from outside of the loop. */
interface Places {
  readonly carried: Readonly<Record<string, Carried>>
  readonly fixed: Readonly<Record<string, Variable>>
  readonly tables: Readonly<Record<string, Variable>>
  readonly feeds: ReadonlyArray<Feed & { readonly wire: Wire }>
}

/**
 * Writes a loop as a graph; one call of it runs `steps` iterations. State, fixed inputs and tables are variables of the session. Parameters and
 * moments that Adam updates stay in their variables; the values of other state are passed from iteration to iteration. If the loop has state, it
 * stops after a step whose `value` is not finite, so that later steps do not spoil the state.
 *
 * @param whole the loop as it was given
 * @param rest the same loop without the in-place updates, as it was traced
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
  const intoIteration = step(to, traced, leavesIn(to, rest, bindings, places))
  const { values, done } = iterate(to, steps, first, (iteration) => {
    const now = new Map(handedOn.map((name, i) => [name, wireAt(iteration.values, i)]))
    updates.forEach(({ parameter }, i) => {
      now.set(parameter, updated(to, carried(parameter), iteration, wireAt(iteration.values, marks + i)))
    })
    const wireOf = intoIteration({ ...iteration, values: Object.keys(rest.carried).map((name) => now.get(name) ?? "") })
    const result = (output: string): Wire => wireOf(traced.results[output])
    const emitted = outputs.map(({ name, node }, i) =>
      to.op("TensorListSetItem", [wireAt(iteration.values, lists + i), iteration.index, result(name)], {
        element_dtype: attr.type(node.dtype)
      })
    )
    const applications = updates.map((update) =>
      applied(to, update, carried, iteration, now.get(update.parameter) ?? "", result)
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

/** Only a loop with state stops at a value that is not finite: for others an infinity may be a correct result. */
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

/** The readers of the graph's leaves, outside of the loop and in an iteration. */
const leavesIn = (to: Writer, loop: Loop, bindings: Bindings, { fixed, tables, feeds }: Places): StepLeaves => {
  const leaves = new Map<Id, Leaf>(leavesOf(loop).map((leaf) => [leaf.id, leaf]))
  const leafAt = (id: Id): Leaf => present(leaves.get(id), `leaf ${id}`)
  const fed = (name: string, { bring, index, begin }: Iteration): Wire => {
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
  const scaled = (rows: Wire, type: Variable["type"], scale: number, { dtype }: Node, iteration: Iteration): Wire => {
    const cast = (x: Wire, from: Variable["type"], into: Variable["type"]): Wire =>
      from === into ? x : to.op("Cast", [x], { SrcT: attr.type(from), DstT: attr.type(into) })
    const numbers = cast(rows, type, "float32")
    const factor = to.constant(typeCode.float32, [], Float32Array.of(scale), iteration.begin)
    const values = scale === 1 ? numbers : to.op("Mul", [numbers, factor], { T: attr.type("float32") })
    return cast(values, "float32", dtype)
  }
  return {
    moves: (id) => leafAt(id).role.kind !== "fixed",
    typeOf: (id) => typeCode[leafAt(id).node.dtype],
    outside: (id) => {
      const { role } = leafAt(id)
      if (role.kind !== "fixed") throw new RangeError(`leaf ${id} changes from iteration to iteration`)
      return present(fixed[role.name], role.name).value
    },
    inside: (id, iteration) => {
      const { node, role } = leafAt(id)
      if (role.kind === "feed") return fed(role.name, iteration)
      if (role.kind === "carried") return wireAt(iteration.values, Object.keys(loop.carried).indexOf(role.name))
      if (role.kind !== "rows") throw new RangeError(`leaf ${id} does not change from iteration to iteration`)
      const { handle, type } = present(tables[role.table], role.table)
      const handles = iteration.bring(handle, attr.type("resource"))
      const rows = to.op("ResourceGather", [handles, fed(role.indices, iteration)], {
        dtype: attr.type(type),
        Tindices: attr.type("int32")
      })
      return scaled(rows, type, tableOf(bindings.tables, role.table).scale, node, iteration)
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
