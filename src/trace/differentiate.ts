import * as tf from "@tensorflow/tfjs"
import { mapValues } from "./build.ts"
import { descendants, type Graph, type Id, nameOf } from "./Graph.ts"
import { registerGradients } from "./gradients.ts"
import { record } from "./record.ts"
import { isScan } from "./region.ts"
import { recordLeaves, replay } from "./replay.ts"

/**
 * Adds to a graph the gradients of its scalar output `of` with respect to the inputs `wrt`, as outputs `grad:NAME`. The rules are tfjs's registered
 * gradient functions, some of them corrected. The graph is replayed under tfjs's tape, and the recorder records the backward pass. The gradient is
 * zero for an input on which `of` does not depend; there is no output for a name that is not an input of the graph.
 */
export const differentiate = (given: Graph, of: string, wrt: ReadonlyArray<string>): Graph => {
  registerGradients()
  const inputs = given.nodes.filter((node) => node.kernel === "Input" && wrt.includes(nameOf(node)))
  if (inputs.length === 0) return given
  const graph = withWanted(given, wrt)
  return record((recorder) => {
    const xs = inputs.map((node) => recorder.input(nameOf(node), node.shape, node.dtype))
    const known = new Map(inputs.map((node, i) => [nameOf(node), xs[i] as tf.Tensor]))
    const places: Record<string, Id> = {}
    const { grads } = tf.engine().gradients(
      () => {
        const values = replay(graph, recordLeaves(recorder, known))
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

/** Says at each recurrence which of its inputs depend on those that a gradient is asked for: the gradients by the others would be summed for nothing. */
const withWanted = (graph: Graph, wrt: ReadonlyArray<string>): Graph => {
  if (!graph.nodes.some(isScan)) return graph
  const roots = graph.nodes.flatMap((node, id) => (node.kernel === "Input" && wrt.includes(nameOf(node)) ? [id] : []))
  const moved = descendants(graph, roots)
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const wanted = node.inputs.flatMap((input, i) => (moved.has(input) ? [i] : []))
      return isScan(node) ? { ...node, attrs: { ...node.attrs, wanted } } : node
    })
  }
}
