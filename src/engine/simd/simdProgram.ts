import * as tf from "@tensorflow/tfjs"
import { sizeOf } from "../../tensor/Tensor.ts"
import {
  ancestors,
  arrayOf,
  descendants,
  type Graph,
  type Id,
  type Node,
  nameOf,
  nodeAt,
  readingNodes,
  type Values
} from "../../trace/Graph.ts"
import { type HostFunction, hostFunction } from "../../trace/hostFunctions.ts"
import { onCpu } from "../backend.ts"
import { contract } from "../contract.ts"
import { runGraph } from "../runGraph.ts"
import { type Code, join, moduleOf } from "./code.ts"
import { elementwiseRule } from "./elementwise.ts"
import { fused } from "./fused.ts"
import { groupsOf, isFusible } from "./groups.ts"
import { firstScratch, variablesTo } from "./loops.ts"
import { emptyMemory } from "./memory.ts"
import { addressOf, dimensions, type Writing, writerOf } from "./write.ts"

/** A graph as one WebAssembly function over memory of its own. */
export interface SimdProgram {
  /** the numbers of the input, to be written before a run */
  readonly input: Float32Array
  readonly run: () => void
  /** the numbers of the outputs, until the next run */
  readonly outputs: Readonly<Record<string, Float32Array>>
}

/** Why a graph has none, in words. */
interface NoProgram {
  readonly because: string
}

/**
 * Compiles a graph to WebAssembly with 128-bit arithmetic. What does not depend on the input is computed now. A call takes a microsecond and the arithmetic, where the call of an engine takes fifty and more.
 *
 * @param input the name of the input that changes from call to call
 * @param fixed the values of all others
 * @param most the work of a call beyond which an engine with threads is faster
 * @returns or why there is no such program, in words
 */
export const simdProgram = (
  given: Graph,
  input: string,
  fixed: Readonly<Record<string, Values>>,
  most: number
): SimdProgram | NoProgram => {
  const graph = contract(given)
  const vector = graph.nodes.findIndex((node) => node.kernel === "Input" && nameOf(node) === input)
  const moving = descendants(graph, [vector])
  const needed = [...ancestors(graph, Object.values(graph.outputs))].sort((a, b) => a - b)
  const computed = needed.filter((id) => moving.has(id) && id !== vector)
  const work = computed.reduce((sum, id) => sum + workOf(graph, nodeAt(graph, id)), 0)
  if (work > most) return { because: `a call computes some ${Math.round(work)} numbers` }
  const missing = computed
    .map((id) => nodeAt(graph, id))
    .find((node) => {
      const isMoved = node.inputs.some((id) => moving.has(id) && nodeAt(graph, id).dtype === "int32")
      return isMoved || writerOf(graph, node, (id) => moving.has(id)) === undefined
    })
  if (missing !== undefined) return { because: `${missing.kernel} has no code in WebAssembly` }
  return compiled(graph, vector, computed, stillValues(graph, needed, moving, fixed))
}

/** The numbers that a node reads or computes, whichever are more; multiplications of a product count a quarter, since they are done four at a time with their additions. */
const workOf = (graph: Graph, node: Node): number => {
  if (node.kernel === "Reshape") return 0
  const size = sizeOf(node.shape)
  if (node.kernel === "BatchMatMul") return (size * dimensions(graph, node).k) / 4
  if (node.kernel === "SolveTriangular") return (size * (node.shape.at(-2) ?? 1)) / 4
  return Math.max(size, ...node.inputs.map((id) => sizeOf(nodeAt(graph, id).shape)))
}

/** The values of nodes that do not depend on the input, where others read them. */
const stillValues = (
  graph: Graph,
  needed: ReadonlyArray<Id>,
  moving: ReadonlySet<Id>,
  fixed: Readonly<Record<string, Values>>
): ReadonlyMap<Id, Values> => {
  const read = new Set(needed.filter((id) => moving.has(id)).flatMap((id) => nodeAt(graph, id).inputs))
  for (const id of Object.values(graph.outputs)) read.add(id)
  const border = [...read].filter((id) => !moving.has(id))
  const leaves = needed.flatMap((id) => {
    const node = nodeAt(graph, id)
    return node.kernel === "Input" && !moving.has(id) ? [node] : []
  })
  const values = onCpu(() =>
    tf.tidy(() => {
      const given = leaves.map((node) => {
        const values = arrayOf[node.dtype].from(valueIn(fixed, nameOf(node)))
        return [nameOf(node), tf.tensor(values, [...node.shape], node.dtype)] as const
      })
      const outputs = Object.fromEntries(border.map((id) => [`${id}`, id]))
      const found = runGraph({ nodes: graph.nodes, outputs }, Object.fromEntries(given))
      return border.map((id) => found[`${id}`]?.dataSync<"float32">().slice() ?? new Float32Array())
    })
  )
  return new Map(border.map((id, i) => [id, values[i] ?? new Float32Array()]))
}

const compiled = (
  graph: Graph,
  vector: Id,
  computed: ReadonlyArray<Id>,
  still: ReadonlyMap<Id, Values>
): SimdProgram | NoProgram => {
  const foreign = computed
    .map((id) => nodeAt(graph, id))
    .filter(({ kernel, attrs }) => elementwiseRule(kernel) === undefined && hostFunction(kernel, attrs) !== undefined)
  const memory = emptyMemory()
  const size = sizeOf(nodeAt(graph, vector).shape)
  const addresses = new Map([[`${vector}`, memory.take(size)]])
  const locals = { end: firstScratch }
  const writing: Writing = { graph, memory, still, locals, imported: (node) => foreign.indexOf(node), addresses }
  const body: Array<Code> = []
  const outputs = new Set(Object.values(graph.outputs))
  const readers = readingNodes(graph, computed)
  for (const group of groupsOf(graph, computed)) {
    const [first = 0] = group
    if (isFusible(graph, first)) {
      const own = new Set(group)
      const isRead = (id: Id): boolean => outputs.has(id) || (readers.get(id) ?? []).some((by) => !own.has(by))
      body.push(fused(writing, group, isRead))
      continue
    }
    const node = nodeAt(graph, first)
    const written = writerOf(graph, node, (id) => !still.has(id))?.(writing, node)
    if (written === undefined) throw new RangeError(`${node.kernel} has no code in WebAssembly`)
    addresses.set(`${first}`, written.address)
    body.push(written.code)
  }
  const places = Object.entries(graph.outputs).map(
    ([name, id]) => [name, addressOf(writing, id), sizeOf(nodeAt(graph, id).shape)] as const
  )
  const bytes = moduleOf(foreign.length, { variables: variablesTo(locals.end), body: join(...body) }, memory.bytes())
  const imports = Object.fromEntries(
    foreign.map(({ kernel, attrs }, i) => [`${i}`, hostFunction(kernel, attrs) as HostFunction])
  )
  const exports = exportsOf(bytes, imports)
  if (typeof exports === "string") return { because: exports }
  const { buffer } = exports["memory"] as WebAssembly.Memory
  memory.fill(buffer)
  return {
    input: new Float32Array(buffer, addresses.get(`${vector}`), size),
    run: exports["run"] as () => void,
    outputs: Object.fromEntries(
      places.map(([name, address, length]) => [name, new Float32Array(buffer, address, length)])
    )
  }
}

/** Inputs may be called anything, `constructor` too. */
const valueIn = (fixed: Readonly<Record<string, Values>>, name: string): ArrayLike<number> =>
  (Object.hasOwn(fixed, name) ? fixed[name] : undefined) ?? []

/** A page may forbid WebAssembly, and an old runtime has no 128-bit arithmetic. */
const exportsOf = (
  bytes: Uint8Array<ArrayBuffer>,
  imports: Readonly<Record<string, HostFunction>>
): WebAssembly.Exports | string => {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { f: imports }).exports
  } catch (error) {
    return `WebAssembly does not run here: ${error instanceof Error ? error.message : String(error)}`
  }
}
