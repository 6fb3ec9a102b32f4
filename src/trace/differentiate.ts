import * as tf from "@tensorflow/tfjs"
import { mapValues } from "./build.ts"
import { type Graph, type Id, type Node, nameOf, valuesOf } from "./Graph.ts"
import { type Recorder, record } from "./record.ts"

/** Runs one kernel by its name on the current backend; kernels that take a list get a list. */
export const runNode = (node: Node, inputs: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  const listed = node.names.every((name, i) => name === String(i)) && node.names.length > 0
  const named = listed ? [...inputs] : Object.fromEntries(node.names.map((name, i) => [name, inputs[i]]))
  return tf.engine().runKernel(node.kernel, named as tf.NamedTensorMap, { ...node.attrs } as AttrMap)
}

type AttrMap = NonNullable<Parameters<ReturnType<typeof tf.engine>["runKernel"]>[2]>

/** Replays a graph's nodes as tfjs calls, so that whatever watches tfjs (a tape, a recorder) sees them. */
export const replay = (graph: Graph, leaves: (node: Node, id: Id) => tf.Tensor): ReadonlyArray<tf.Tensor> => {
  const values: Array<tf.Tensor> = []
  graph.nodes.forEach((node, id) => {
    const inputs = node.inputs.map((input) => values[input]).filter((value) => value !== undefined)
    values.push(isGiven(node) ? leaves(node, id) : runNode(node, inputs))
  })
  return values
}

const isGiven = (node: Node): boolean => node.kernel === "Input" || node.kernel === "Const" || node.kernel === "Noise"

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
 * are tfjs's own registered gradient functions: the graph is replayed under tfjs's tape while a recorder watches.
 * An input that `of` does not depend on has gradient zero.
 */
export const differentiate = (graph: Graph, of: string, wrt: ReadonlyArray<string>): Graph => {
  registerMissingGradients()
  return record((recorder) => {
    const inputs = graph.nodes.filter((node) => node.kernel === "Input" && wrt.includes(nameOf(node)))
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

/** Kernels whose output is constant almost everywhere, and `StopGradient`: tfjs has no gradient for them, and it is zero. */
const flat: Readonly<Record<string, ReadonlyArray<string>>> = {
  ...Object.fromEntries(
    ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr", "LogicalXor"].map(
      (kernel) => [kernel, ["a", "b"]]
    )
  ),
  ...Object.fromEntries(
    ["LogicalNot", "IsNan", "IsInf", "IsFinite", "StopGradient", "ArgMax", "ArgMin", "All", "Any"].map((kernel) => [
      kernel,
      ["x"]
    ])
  )
}

const registerMissingGradients = (): void => {
  for (const [kernelName, names] of Object.entries(flat)) {
    if (tf.getGradient(kernelName) !== undefined) continue
    tf.registerGradient({
      kernelName,
      inputsToSave: [...names],
      gradFunc: (_, saved) =>
        Object.fromEntries(saved.map((input, i) => [names[i] ?? "x", () => tf.zeros(input.shape)]))
    })
  }
}
