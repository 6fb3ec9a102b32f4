import * as tf from "@tensorflow/tfjs"
import { afterAll, beforeAll } from "vitest"
import { runGraph as runNodes } from "../../src/engine/runGraph.ts"
import { type Shape, sizeOf } from "../../src/tensor/Tensor.ts"
import { arrayOf, type DType, type Graph, isLeaf, type Values } from "../../src/trace/Graph.ts"
import { quickKernels } from "./quickKernels.ts"

/** Runs a file's tests on tfjs's own cpu kernels, the slow ones made quick meanwhile, and checks in the end that they left no tensor behind. */
export const useCpu = (): void => {
  let before = 0
  let undo = (): void => {}
  beforeAll(async () => {
    await tf.setBackend("cpu")
    undo = quickKernels()
    before = tf.memory().numTensors
  })
  afterAll(() => {
    undo()
    const left = tf.memory().numTensors - before
    if (left !== 0) throw new Error(`${left} tensors were left behind`)
  })
}

/** A value on the host: what a tensor holds, free of any backend. */
export interface Numbers {
  readonly values: Values
  readonly shape: Shape
  readonly dtype: DType
}

export const numbers = (tensor: tf.Tensor): Numbers => {
  const dtype = tensor.dtype as DType
  return { values: arrayOf[dtype].from(tensor.dataSync()), shape: [...tensor.shape], dtype }
}

export const tensorOf = ({ values, shape, dtype }: Numbers): tf.Tensor => tf.tensor(values, [...shape], dtype)

/** What a computation gives on the cpu backend; everything it made is freed. */
export const compute = (f: () => tf.Tensor): Numbers => {
  let result: Numbers | undefined
  tf.tidy(() => {
    result = numbers(f())
  })
  return result as Numbers
}

/** The single number of a scalar computation. */
export const scalar = (f: () => tf.Tensor): number => {
  const { values } = compute(f)
  if (values.length !== 1) throw new Error(`expected one number, got ${values.length}`)
  return values[0] as number
}

/** Runs a graph on the cpu backend: numbers for its leaves in, numbers of its outputs out. */
export const runGraph = (
  graph: Graph,
  leaves: Readonly<Record<string, Numbers>>,
  wanted?: ReadonlyArray<string>
): Readonly<Record<string, Numbers>> => {
  const results: Record<string, Numbers> = {}
  tf.tidy(() => {
    const given = Object.fromEntries(Object.entries(leaves).map(([name, value]) => [name, tensorOf(value)]))
    for (const [name, tensor] of Object.entries(runNodes(graph, given, wanted))) results[name] = numbers(tensor)
  })
  return results
}

/** The same graph with every computed node as an output, named by its place. */
export const everyNode = (graph: Graph): Graph => ({
  nodes: graph.nodes,
  outputs: Object.fromEntries(graph.nodes.flatMap((node, id) => (isLeaf(node) ? [] : [[`%${id}`, id]])))
})

/** Values of a batch, one after the other, as one value with a leading axis. */
export const stack = (values: ReadonlyArray<Numbers>): Numbers => {
  const [one] = values
  if (one === undefined) throw new Error("nothing to stack")
  const size = sizeOf(one.shape)
  const joined = new arrayOf[one.dtype](values.length * size)
  values.forEach((value, i) => {
    joined.set(value.values, i * size)
  })
  return { values: joined, shape: [values.length, ...one.shape], dtype: one.dtype }
}

/** Position `i` along the leading axis. */
export const unstack = ({ values, shape: [, ...shape], dtype }: Numbers, i: number): Numbers => {
  const size = sizeOf(shape)
  return { values: values.slice(i * size, (i + 1) * size), shape, dtype }
}
