import * as tf from "@tensorflow/tfjs"
import { UnsupportedKernel } from "../Errors.ts"
import { ancestors, type Graph, type Id, isLeaf, type Node, nodeAt, valuesOf } from "../trace/Graph.ts"
import { bodyInput, carryInput, isScan, positions, scannedInput, scanOf } from "../trace/region.ts"
import { runNode } from "../trace/runKernel.ts"
import { leafName } from "./leaves.ts"
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
    const roots = wanted.map((output) => outputOf(graph, output))
    const needed = [...ancestors(graph, roots)].sort((a, b) => a - b)
    const lastReader = new Map<Id, Id>()
    for (const id of needed) for (const input of nodeAt(graph, id).inputs) lastReader.set(input, id)
    for (const root of roots) lastReader.delete(root)

    const values = new Map<Id, tf.Tensor>()
    for (const id of needed) {
      const node = nodeAt(graph, id)
      const inputs = node.inputs.map((input) => present(values.get(input), `node ${input}`))
      values.set(id, isLeaf(node) ? leafValue(node, id, leaves) : run(node, inputs))
      for (const input of new Set(node.inputs)) {
        if (lastReader.get(input) === id && !isLeaf(nodeAt(graph, input))) values.get(input)?.dispose()
      }
    }
    return Object.fromEntries(
      wanted.map((output) => [output, tf.clone(present(values.get(outputOf(graph, output)), output))])
    )
  })

/** The tfjs kernel that computes a node's value. Our own kernels that only mark a value are identities. */
const kernelOf = (node: Node): string => (marks.has(node.kernel) ? "Identity" : node.kernel)

const marks: ReadonlySet<string> = new Set(["StopGradient", "Sample"])

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

const run = (node: Node, inputs: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  const backend = tf.getBackend()
  if (isScan(node)) return runScan(node, inputs)
  const rewritten = rewrites[backend]?.[node.kernel]?.(node, inputs)
  const value = rewritten ?? runNode(node, inputs, kernelOf(node))
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

const outputOf = (graph: Graph, output: string): Id => present(graph.outputs[output], output)

const present = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new RangeError(`the graph has no value for ${what}`)
  return value
}
