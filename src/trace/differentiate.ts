import * as tf from "@tensorflow/tfjs"
import { mapValues } from "./build.ts"
import { type Graph, type Id, isLeaf, type Node, nameOf, valuesOf } from "./Graph.ts"
import { registerGradients } from "./gradients.ts"
import { type Recorder, record } from "./record.ts"
import { runNode } from "./runKernel.ts"

/** Replays a graph's nodes as tfjs calls, so that whatever watches tfjs (a tape, a recorder) sees them. */
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

/** Leaves of a graph, recorded again: inputs by name (each once), constants and noise as they are. */
export const recordLeaves =
  (recorder: Recorder, given: ReadonlyMap<string, tf.Tensor>) =>
  (node: Node): tf.Tensor => {
    if (node.kernel === "Input") return given.get(nameOf(node)) ?? recorder.input(nameOf(node), node.shape, node.dtype)
    if (node.kernel === "Noise") return tf.engine().runKernel("Noise", {}, { ...node.attrs, shape: node.shape })
    return tf.tensor(valuesOf(node), [...node.shape], node.dtype)
  }

/**
 * Adds to a graph the gradients of its scalar output `of` with respect to the inputs `wrt`, as outputs `grad:NAME`. The rules
 * are tfjs's registered gradient functions, some of them corrected: the graph is replayed under tfjs's tape while a recorder watches.
 * An input that `of` does not depend on has gradient zero; one that the graph does not have has none.
 */
export const differentiate = (graph: Graph, of: string, wrt: ReadonlyArray<string>): Graph => {
  registerGradients()
  const inputs = graph.nodes.filter((node) => node.kernel === "Input" && wrt.includes(nameOf(node)))
  if (inputs.length === 0) return graph
  return record((recorder) => {
    const xs = inputs.map((node) => recorder.input(nameOf(node), node.shape, node.dtype))
    const given = new Map(inputs.map((node, i) => [nameOf(node), xs[i] as tf.Tensor]))
    const places: Record<string, Id> = {}
    const { grads } = tf.engine().gradients(
      () => {
        const values = replay(graph, recordLeaves(recorder, given))
        for (const [name, id] of Object.entries(graph.outputs)) places[name] = recorder.idOf(values[id] as tf.Tensor)
        return values[graph.outputs[of] as Id] as tf.Tensor
      },
      xs,
      undefined,
      true
    )
    const outputs: Record<string, tf.Tensor> = mapValues(places, recorder.tensorOf)
    inputs.forEach((node, i) => {
      outputs[`grad:${nameOf(node)}`] = grads[i] ?? tf.zeros([...node.shape])
    })
    return outputs
  })
}
