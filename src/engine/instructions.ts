import type * as tf from "@tensorflow/tfjs"
import { ancestors, type Graph, type Id, isLeaf, type Node, nodeAt } from "../trace/Graph.ts"
import { isScan } from "../trace/region.ts"
import { callOf } from "../trace/runKernel.ts"

/** How one node is computed: its kernel made ready to be called, and the values that no later node reads. */
export interface Instruction {
  readonly id: Id
  readonly node: Node
  readonly isLeaf: boolean
  readonly inputs: ReadonlyArray<Id>
  readonly call: (inputs: ReadonlyArray<tf.Tensor>) => tf.Tensor
  readonly frees: ReadonlyArray<Id>
}

/** What is computed for some outputs of a graph, in order. */
export interface Schedule {
  readonly roots: ReadonlyArray<Id>
  readonly instructions: ReadonlyArray<Instruction>
}

/** Made once for each graph and list of outputs: a step is run many thousand times. */
export const scheduleOf = (graph: Graph, wanted: ReadonlyArray<string>): Schedule => {
  const known = schedules.get(graph) ?? new Map<string, Schedule>()
  schedules.set(graph, known)
  const key = JSON.stringify(wanted)
  const made = known.get(key) ?? schedule(graph, wanted)
  known.set(key, made)
  return made
}

const schedules = new WeakMap<Graph, Map<string, Schedule>>()

const schedule = (graph: Graph, wanted: ReadonlyArray<string>): Schedule => {
  const roots = wanted.map((output) => outputOf(graph, output))
  const needed = [...ancestors(graph, roots)].sort((a, b) => a - b)
  const lastReader = new Map<Id, Id>()
  for (const id of needed) for (const input of nodeAt(graph, id).inputs) lastReader.set(input, id)
  for (const root of roots) lastReader.delete(root)
  const instructions = needed.map((id): Instruction => {
    const node = nodeAt(graph, id)
    const isLast = (input: Id): boolean => lastReader.get(input) === id && !isLeaf(nodeAt(graph, input))
    return {
      ...{ id, node, isLeaf: isLeaf(node), inputs: node.inputs },
      call: isLeaf(node) || isScan(node) ? notAKernel : callOf(node, kernelOf(node)),
      frees: [...new Set(node.inputs)].filter(isLast)
    }
  })
  return { roots, instructions }
}

const outputOf = (graph: Graph, output: string): Id => {
  const id = graph.outputs[output]
  if (id === undefined) throw new RangeError(`the graph has no output '${output}'`)
  return id
}

const notAKernel = (): tf.Tensor => {
  throw new RangeError("a leaf or a scan is no kernel")
}

/** The tfjs kernel that computes a node's value. Our own kernels that only mark a value are identities. */
export const kernelOf = (node: Node): string => (marks.has(node.kernel) ? "Identity" : node.kernel)

const marks: ReadonlySet<string> = new Set(["StopGradient", "Sample"])
