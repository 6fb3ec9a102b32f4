import * as tf from "@tensorflow/tfjs"
import { type Graph, type Id, isLeaf, type Node, nameOf, valuesOf } from "./Graph.ts"
import type { Recorder } from "./record.ts"
import { runNode } from "./runKernel.ts"

/** Replays a graph's nodes as tfjs calls, so that a tape or a recorder of tfjs sees them. */
export const replay = (
  graph: Graph,
  leaves: (node: Node, id: Id) => tf.Tensor,
  run: (node: Node, inputs: ReadonlyArray<tf.Tensor>) => tf.Tensor = runNode
): ReadonlyArray<tf.Tensor> => {
  const values: Array<tf.Tensor> = []
  graph.nodes.forEach((node, id) => {
    const inputs = node.inputs.map((input) => values[input]).filter((value) => value !== undefined)
    values.push(isLeaf(node) ? leaves(node, id) : run(node, inputs))
  })
  return values
}

/** Records the leaves of a graph again: each input once by its name, constants and noise unchanged. */
export const recordLeaves =
  (recorder: Pick<Recorder, "input">, given: ReadonlyMap<string, tf.Tensor>) =>
  (node: Node): tf.Tensor => {
    if (node.kernel === "Input") return given.get(nameOf(node)) ?? recorder.input(nameOf(node), node.shape, node.dtype)
    if (node.kernel === "Noise") return tf.engine().runKernel("Noise", {}, { ...node.attrs, shape: node.shape })
    return tf.tensor(valuesOf(node), [...node.shape], node.dtype)
  }
