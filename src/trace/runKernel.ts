import * as tf from "@tensorflow/tfjs"
import { ownKernels } from "../tensor/ownKernels.ts"
import { registerSpecial } from "../tensor/special/Special.ts"
import type { Attrs, Node } from "./Graph.ts"

/** Runs a kernel of tfjs's current backend by its name, with its recorded attributes. All kernels of a graph have one output. */
export const runKernel = (kernel: string, inputs: tf.NamedTensorMap, attrs: Attrs = {}): tf.Tensor =>
  readied(kernel, { ...attrs })(inputs)

/** A node's kernel, or another one in its place, with its attributes, ready to be called many times. Kernels with numbered inputs, such as Concat, get a list. */
export const callOf = ({ names, attrs }: Node, kernel: string): ((inputs: ReadonlyArray<tf.Tensor>) => tf.Tensor) => {
  const run = readied(kernel, { ...attrs })
  const listed = names.length > 0 && names.every((name, i) => name === String(i))
  return (inputs) => {
    const named: tf.NamedTensorMap = {}
    for (let i = 0; i < inputs.length; i++) named[names[i] ?? String(i)] = inputs[i] as tf.Tensor
    return run(listed ? Object.assign([], named) : named)
  }
}

/** Runs a node's kernel, or another one in its place. */
export const runNode = (node: Node, inputs: ReadonlyArray<tf.Tensor>, kernel: string = node.kernel): tf.Tensor =>
  callOf(node, kernel)(inputs)

const readied = (kernel: string, attrs: Attrs): ((inputs: tf.NamedTensorMap) => tf.Tensor) => {
  const own = ownKernels[kernel]
  const engine = tf.engine()
  const given = attrs as KernelAttrs
  return (inputs) => {
    if (own !== undefined) registerSpecial(own)
    const result: tf.Tensor | tf.Tensor[] = engine.runKernel(kernel, inputs, given)
    const value = Array.isArray(result) ? result[0] : result
    if (value === undefined) throw new RangeError(`the kernel ${kernel} gave no output`)
    return value
  }
}

type KernelAttrs = NonNullable<Parameters<ReturnType<typeof tf.engine>["runKernel"]>[2]>
