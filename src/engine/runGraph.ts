import * as tf from "@tensorflow/tfjs"
import { UnsupportedKernel } from "../Errors.ts"
import { ofNamedAxes } from "../trace/axes.ts"
import { ancestors, type Graph, type Id, isLeaf, type Node, nodeAt, valuesOf } from "../trace/Graph.ts"
import { bodyInput, carryInput, isScan, positions, scannedInput, scanOf } from "../trace/region.ts"
import { runNode } from "../trace/runKernel.ts"
import { type Instruction, kernelOf, scheduleOf } from "./instructions.ts"
import { leafName } from "./leaves.ts"
import "../trace/specialOnCpu.ts"
import { onTensorflow } from "./tensorflow/rewrites.ts"
import { onWasm, wrongOnWasm } from "./wasm.ts"

/** Values for leaves, by node id or by name (`noiseName` for noise); an id has priority over a name. */
export type Leaves = Readonly<Record<string, tf.Tensor>>

/**
 * Runs a graph node by node with the kernels of tfjs's current backend. The caller owns the returned tensors and the leaves. Every intermediate
 * tensor is freed as soon as its last reader has run.
 */
export const runGraph = (
  graph: Graph,
  leaves: Leaves,
  wanted: ReadonlyArray<string> = Object.keys(graph.outputs)
): Record<string, tf.Tensor> =>
  tf.tidy(() => {
    const { roots, instructions } = scheduleOf(graph, wanted)
    const backend = tf.getBackend()
    const rewritten = rewrites[backend] ?? {}
    const values: Array<tf.Tensor | undefined> = new Array(graph.nodes.length)
    for (const instruction of instructions) {
      const { id, node, inputs, frees } = instruction
      if (instruction.isLeaf) values[id] = leafValue(node, id, leaves)
      else {
        const read = inputs.map((input) => valueAt(values, input))
        values[id] = run(instruction, read, backend, rewritten)
      }
      for (const input of frees) values[input]?.dispose()
    }
    return Object.fromEntries(wanted.map((output, i) => [output, tf.clone(valueAt(values, roots[i] ?? 0))]))
  })

/**
 * Runs parts of a graph one after the other on tfjs's current backend, while more of its inputs become known; each node is computed once. The value of an output is undefined if it depends
 * on noise, on an input that is not known yet, or on values along an axis that the program does not have yet. All tensors stay until the caller's scope of tfjs ends.
 */
export const runInParts = (graph: Graph, known: Leaves): ((output: string) => tf.Tensor | undefined) => {
  const values = new Map<Id, tf.Tensor>()
  const compute = (node: Node): tf.Tensor | undefined => {
    if (isLeaf(node)) return node.kernel === "Const" ? constant(node) : known[leafName(node)]
    if (ofNamedAxes.has(node.kernel)) return undefined
    const inputs = node.inputs.flatMap((input) => values.get(input) ?? [])
    if (inputs.length < node.inputs.length) return undefined
    return isScan(node) ? runScan(node, inputs) : runNode(node, inputs, kernelOf(node))
  }
  return (output) => {
    const root = graph.outputs[output]
    if (root === undefined) return undefined
    for (const id of [...ancestors(graph, [root])].sort((a, b) => a - b)) {
      const value = values.get(id) ?? compute(nodeAt(graph, id))
      if (value !== undefined) values.set(id, value)
    }
    return values.get(root)
  }
}

/** The first of the given nodes that a tfjs backend cannot compute, or computes wrongly. */
export const missingKernel = (graph: Graph, ids: ReadonlyArray<Id>, backend: string): UnsupportedKernel | undefined => {
  const nodes = ids.map((id) => nodeAt(graph, id))
  for (const node of nodes.filter(isScan)) {
    const { body } = scanOf(node)
    const missing = missingKernel(body, [...body.nodes.keys()], backend)
    if (missing !== undefined) return missing
  }
  const computed = nodes.filter((node) => !isLeaf(node) && !isScan(node))
  const node = computed.find(
    (each) =>
      (tf.getKernel(kernelOf(each), backend) === undefined && rewrites[backend]?.[each.kernel] === undefined) ||
      (backend === "wasm" &&
        wrongOnWasm(
          each,
          each.inputs.map((input) => nodeAt(graph, input))
        ))
  )
  return node === undefined
    ? undefined
    : new UnsupportedKernel({
        kernel: node.kernel,
        during: `running on tfjs ${backend}`,
        advice: "Write it with other ops, or register a kernel of that name for this backend."
      })
}

const run = (
  { node, call }: Instruction,
  inputs: ReadonlyArray<tf.Tensor>,
  backend: string,
  rewritten: typeof onWasm
): tf.Tensor => {
  if (isScan(node)) return runScan(node, inputs)
  const value = rewritten[node.kernel]?.(node, inputs) ?? call(inputs)
  return backend === "tensorflow" && value.dtype !== node.dtype ? tf.cast(value, node.dtype) : value
}

/** Runs a recurrence position by position. */
const runScan = (node: Node, inputs: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  const scan = scanOf(node)
  const given = Object.fromEntries(inputs.map((input, i) => [bodyInput(i, scan), input]))
  const rows: Array<tf.Tensor> = []
  let carry = given[carryInput] as tf.Tensor
  for (const t of positions(scan)) {
    const next = tf.tidy(() => {
      const read = inputs.slice(1, 1 + scan.scanned).map((x, i) => {
        const [, ...shape] = x.shape
        const row = tf.slice(x, [t, ...shape.map(() => 0)], [1, ...shape])
        return [scannedInput(i), tf.reshape(row, shape)] as const
      })
      return runGraph(scan.body, { ...given, ...Object.fromEntries(read), [carryInput]: carry })
    })
    carry = present(next["carry"], "the carry of a scan")
    rows[t] = present(next["row"], "the row of a scan")
  }
  const lead = carry.shape.slice(0, -1)
  const stacked = tf.stack(rows, lead.length)
  return tf.concat([carry, tf.reshape(stacked, [...lead, -1])], -1)
}

/** By backend and kernel, the replacements for calls that the backend gets wrong. */
const rewrites: Readonly<Record<string, typeof onWasm>> = { wasm: onWasm, tensorflow: onTensorflow }

const leafValue = (node: Node, id: Id, leaves: Leaves): tf.Tensor => {
  const given = leaves[id]
  if (given !== undefined) return given
  if (node.kernel === "Const") return constant(node)
  return present(leaves[leafName(node)], leafName(node))
}

/** The tensor of a `Const` node. */
export const constant = (node: Node): tf.Tensor => tf.tensor(valuesOf(node), [...node.shape], node.dtype)

const valueAt = (values: ReadonlyArray<tf.Tensor | undefined>, id: Id): tf.Tensor => {
  const value = values[id]
  if (value === undefined) throw new RangeError(`node ${id} has no value yet`)
  return value
}

const present = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new RangeError(`the graph has no value for ${what}`)
  return value
}
