import * as tf from "@tensorflow/tfjs"
import { ownKernels } from "../tensor/ownKernels.ts"
import { registerSpecial } from "../tensor/special/Special.ts"
import type { Attrs, Node } from "./Graph.ts"

/** Runs a kernel of tfjs's current backend by its name, with its recorded attributes. All kernels of a graph have one output. */
export const runKernel = (kernel: string, inputs: tf.NamedTensorMap, attrs: Attrs = {}): tf.Tensor => {
  const own = ownKernels[kernel]
  if (own !== undefined) registerSpecial(own)
  const result: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(kernel, inputs, { ...attrs } as KernelAttrs)
  const [first] = [result].flat()
  if (first === undefined) throw new RangeError(`the kernel ${kernel} gave no output`)
  return first
}

type KernelAttrs = NonNullable<Parameters<ReturnType<typeof tf.engine>["runKernel"]>[2]>

/** Runs a node's kernel, or another one in its place; kernels with numbered inputs, such as Concat, get a list. */
export const runNode = (node: Node, inputs: ReadonlyArray<tf.Tensor>, kernel: string = node.kernel): tf.Tensor => {
  const entries = Object.fromEntries(inputs.map((input, i) => [node.names[i] ?? String(i), input]))
  const listed = node.names.length > 0 && node.names.every((name, i) => name === String(i))
  return runKernel(kernel, listed ? Object.assign([], entries) : entries, node.attrs)
}
