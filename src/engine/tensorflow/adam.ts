import { type Graph, type Id, nameOf, nodeAt, uniformValue } from "../../trace/Graph.ts"
import type { Loop } from "../Engine.ts"
import { leafName, leavesOf, outputId } from "../leaves.ts"

/** An update by Adam that TensorFlow does in place, with the names of its carried values and of its outputs in the graph. */
export interface Update {
  readonly parameter: string
  readonly m: string
  readonly v: string
  readonly gradient: string
  readonly rate: string
  readonly epsilon: string
  readonly beta1: number
  readonly beta2: number
}

/** A loop without the in-place updates. */
export interface InPlace {
  /** it carries each updated parameter, with the gradient as its next value, and emits the other values that the updates read */
  readonly loop: Loop
  readonly updates: ReadonlyArray<Update>
}

/** A pattern for a value: a name, which matches any value but the same one each time, or a kernel on patterns. */
type Pattern = string | Call
interface Call {
  readonly kernel: string
  readonly operands: ReadonlyArray<Pattern>
}

const call =
  (kernel: string) =>
  (...operands: ReadonlyArray<Pattern>): Call => ({ kernel, operands })
const [add, sub, mul, div, sqrt] = [call("Add"), call("Sub"), call("Multiply"), call("RealDiv"), call("Sqrt")]

const nextM = add(mul("m", "beta1"), "gradient")
const nextV = add(mul("v", "beta2"), mul("gradient", "gradient"))
const next = sub("parameter", mul(div(nextM, add(sqrt(nextV), "epsilon")), "rate"))

/**
 * Removes every update m ← β₁m + g, v ← β₂v + g², θ ← θ − rate·m/(√v + ε) from a step. TensorFlow has one op for the whole update,
 * `ResourceApplyAdam`, which reads and writes each number once.
 */
export const takeOutAdam = (loop: Loop): InPlace => {
  const found = Object.keys(loop.carried).flatMap((name) => updateOf(loop, name) ?? [])
  const outputs: Record<string, Id> = { ...loop.graph.outputs }
  const carried: Record<string, string> = { ...loop.carried }
  for (const { update, at } of found) {
    for (const role of ["gradient", "rate", "epsilon"] as const) outputs[update[role]] = at(role)
    carried[update.parameter] = update.gradient
    delete carried[update.m]
    delete carried[update.v]
  }
  const updates = found.map(({ update }) => update)
  const emitted = [...new Set([...loop.emitted, ...updates.flatMap(({ rate, epsilon }) => [rate, epsilon])])]
  const rest = { ...loop, graph: { ...loop.graph, outputs }, carried, emitted }
  const read = new Set(leavesOf(rest).map(({ node }) => leafName(node)))
  return updates.some(({ m, v }) => read.has(m) || read.has(v)) ? { loop, updates: [] } : { loop: rest, updates }
}

/** The update of a carried value, if it is one by Adam. */
const updateOf = (
  loop: Loop,
  parameter: string
): { readonly update: Update; readonly at: (name: string) => Id } | undefined => {
  const { graph } = loop
  const result = (name: string): Id => outputId(loop, loop.carried[name] ?? "")
  const places = new Map<string, Id>()
  if (!matches(graph, next, result(parameter), places)) return undefined
  const at = (name: string): Id => places.get(name) ?? -1
  const [m, v] = [inputAt(graph, at("m")), inputAt(graph, at("v"))]
  const [beta1, beta2] = [uniformValue(nodeAt(graph, at("beta1"))), uniformValue(nodeAt(graph, at("beta2")))]
  if (m === undefined || v === undefined || beta1 === undefined || beta2 === undefined) return undefined
  const carried = [m, v].every((slot) => slot in loop.carried) && inputAt(graph, at("parameter")) === parameter
  if (!carried || !matches(graph, nextM, result(m), places) || !matches(graph, nextV, result(v), places))
    return undefined
  const shapeAt = (name: string): string => String(nodeAt(graph, at(name)).shape)
  const alike = ["m", "v", "gradient"].every((name) => shapeAt(name) === shapeAt("parameter"))
  if (!alike || shapeAt("rate") !== "" || shapeAt("epsilon") !== "") return undefined
  const named = (role: string): string => `${role} of ${parameter}`
  const reads = { gradient: named("gradient"), rate: named("rate"), epsilon: named("epsilon") }
  return { update: { parameter, m, v, ...reads, beta1, beta2 }, at }
}

const matches = (graph: Graph, pattern: Pattern, id: Id, places: Map<string, Id>): boolean => {
  if (typeof pattern === "string") {
    const known = places.get(pattern) ?? id
    places.set(pattern, known)
    return known === id
  }
  const node = nodeAt(graph, id)
  return (
    node.kernel === pattern.kernel &&
    pattern.operands.every((operand, i) => matches(graph, operand, node.inputs[i] ?? -1, places))
  )
}

const inputAt = (graph: Graph, id: Id): string | undefined => {
  const node = nodeAt(graph, id)
  return node.kernel === "Input" ? nameOf(node) : undefined
}
