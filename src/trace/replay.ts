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

/** The tensor of a graph's node that is recorded again, by the node's place; undefined for a place that is none. */
export type Replayed = (id: Id) => tf.Tensor | undefined

/**
 * Records a graph's nodes again as they are, without a call of tfjs for each; a tensor is made when it is asked for. A tape of tfjs does not see them: what is to be differentiated is
 * replayed.
 *
 * @param given what stands for inputs, by their names; the others are inputs of the new graph
 * @param other what is recorded in the place of a node, where it is another one
 */
export const recordAgain = (
  recorder: Recorder,
  { nodes }: Pick<Graph, "nodes">,
  given: ReadonlyMap<string, tf.Tensor> = new Map(),
  other: (node: Node, inputs: () => ReadonlyArray<tf.Tensor>) => tf.Tensor | undefined = () => undefined
): Replayed => {
  const leaves = recordLeaves(recorder, given)
  const places: Array<Id> = []
  for (const node of nodes) {
    const inputs = node.inputs.map((input) => places[input] ?? 0)
    const tensor = isLeaf(node) ? leaves(node) : other(node, () => inputs.map(recorder.tensorOf))
    places.push(tensor === undefined ? recorder.push({ ...node, inputs }) : recorder.idOf(tensor))
  }
  return (id) => {
    const place = places[id]
    return place === undefined ? undefined : recorder.tensorOf(place)
  }
}
