import { type Node, nodeAt, valuesOf } from "../../trace/Graph.ts"
import type { Bindings, Loop } from "../Engine.ts"
import { carriedShapes, type Leaf, outputId, tableOf } from "../leaves.ts"
import { type Module, moduleOf } from "./module.ts"
import { type Argument, argumentsOf, type Result, resultsOf } from "./ports.ts"
import { as, compared, pair } from "./rule.ts"
import { gathered } from "./rules/indexing.ts"
import { writeStep } from "./step.ts"
import { elementOf, type Value } from "./types.ts"
import { block, names, type Writer, writer } from "./writer.ts"
import { rowOf, withRow } from "./writeScan.ts"

/** A loop as a module of StableHLO. One call of its entry runs up to `capacity` steps. */
export interface Program extends Module {
  readonly arguments: ReadonlyArray<Argument>
  readonly results: ReadonlyArray<Result>
  readonly capacity: number
}

/**
 * Writes a loop as a module of StableHLO with one `while`. It takes the state, fixed inputs, tables, feeds and the number of steps (at most
 * `capacity`), and returns the new state and the emitted outputs. Values that do not change between steps are computed before the loop. If the loop
 * has state, it stops after a step whose `value` is not finite, so that later steps do not spoil the state.
 *
 * @throws UnsupportedKernel when a kernel has no rule
 */
export const lower = (loop: Loop, bindings: Bindings, capacity: number): Program => {
  const name = names()
  const [before, test, body] = [block(), block(), block()]
  const ports = argumentsOf(loop, bindings, capacity)
  const given = ports.map(({ shape, element }, place): Value => ({ name: `%arg${place}`, shape, element }))
  const argument = (is: (port: Argument) => boolean): Value => present(given[ports.findIndex(is)], "such argument")
  const named = (kind: Argument["kind"], key: string): Value =>
    argument((port) => port.kind === kind && "name" in port && port.name === key)
  const results = resultsOf(loop, capacity)

  const start = writer(name, before)
  const first = [
    start.filled("i32", [], 0),
    start.filled("i1", [], 1),
    ...given.filter((_, place) => ports[place]?.kind === "carried"),
    ...results.flatMap((each) => (each.kind === "emitted" ? [start.filled(each.element, each.shape, 0)] : []))
  ]
  const now = first.map(({ shape, element }): Value => ({ name: name(), shape, element }))
  const at = (place: number): Value => present(now[place], `value ${place}`)
  const [index, goOn] = [at(0), at(1)]
  const carried = Object.keys(carriedShapes(loop))

  const read = ({ node, role }: Leaf, to: Writer): Value => {
    if (role.kind === "constant") return argument((port) => port.kind === "constant" && port.values === valuesOf(node))
    if (role.kind === "carried") return at(2 + carried.indexOf(role.name))
    if (role.kind === "fixed") return named("fixed", role.name)
    if (role.kind === "feed") return rowOf(to, named("feed", role.name), index)
    const rows = gathered(to, named("table", role.table), rowOf(to, named("feed", role.indices), index), 0)
    return scaled(to, rows, tableOf(bindings.tables, role.table).scale, node)
  }
  const output = writeStep(
    loop,
    { before: (node) => writer(name, before, node), body: (node) => writer(name, body, node) },
    read
  )

  const end = writer(name, body)
  const next = [
    pair(end, "add", index, end.filled("i32", [], 1)),
    guards(loop) ? end.op("stablehlo.is_finite", [output("value")], goOn) : goOn,
    ...Object.values(loop.carried).map(output),
    ...loop.emitted.map((each, i) => {
      const to = writer(name, body, outputId(loop, each))
      return withRow(to, at(2 + carried.length + i), output(each), index)
    })
  ]
  const asked = writer(name, test)
  const goes = pair(
    asked,
    "and",
    compared(
      asked,
      "LT",
      index,
      argument(({ kind }) => kind === "steps")
    ),
    goOn
  )
  const returned = now.flatMap((_, place) => (place === 1 ? [] : [place]))
  return {
    ...moduleOf({ given, before, first, now, test, goes, body, next, returned }),
    arguments: ports,
    results,
    capacity
  }
}

/** Only a loop with state stops at a value that is not finite: for others an infinity may be a correct result. */
const guards = (loop: Loop): boolean => {
  if (!loop.emitted.includes("value") || Object.keys(loop.carried).length === 0) return false
  const { shape, dtype } = nodeAt(loop.graph, outputId(loop, "value"))
  return shape.length === 0 && dtype === "float32"
}

/** Rows of a table, converted to the number type of the graph. */
const scaled = (to: Writer, rows: Value, scale: number, { dtype }: Node): Value => {
  const numbers = as(to, rows, "f32")
  const values = scale === 1 ? numbers : pair(to, "multiply", numbers, to.filled("f32", numbers.shape, scale))
  return as(to, values, elementOf[dtype])
}

const present = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new RangeError(`the loop has no ${what}`)
  return value
}
