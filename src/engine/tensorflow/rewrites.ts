import * as tf from "@tensorflow/tfjs"
import type { Node } from "../../trace/Graph.ts"
import { runKernel } from "../../trace/runKernel.ts"
import { attrKind, nativeBackend, type OpAttr } from "./native.ts"

type Call = (node: Node, inputs: ReadonlyArray<tf.Tensor>) => tf.Tensor | undefined

/**
 * Replacements for kernel calls that tfjs-node 4.22 refuses or gets wrong, and for calls for which TensorFlow has a better op; undefined means no
 * replacement.
 */
export const onTensorflow: Readonly<Record<string, Call>> = {
  /** The op for single matrices, which TensorFlow can fuse with the following bias and ReLU. */
  BatchMatMul: ({ attrs }, [a, b]) =>
    a?.rank === 2 && b?.rank === 2 && a.dtype === "float32"
      ? op("MatMul", [a, b], [flag("transpose_a", attrs["transposeA"]), flag("transpose_b", attrs["transposeB"])])
      : undefined,
  Add: (_, [a, b]) => {
    if (a?.dtype !== "float32" || b?.dtype !== "float32") return undefined
    const [value, bias] = a.rank < b.rank ? [b, a] : [a, b]
    const fits = value.rank === 2 && bias.rank === 1 && bias.shape[0] === value.shape[1]
    return fits ? op("BiasAdd", [value, bias]) : undefined
  },
  /** One of our own kernels, written by `fuse`. */
  ReluGrad: (_, [dy, relu]) => (dy === undefined || relu === undefined ? undefined : op("ReluGrad", [dy, relu])),
  /** TensorFlow has no integer version of this op. */
  Atan2: (_, [a, b]) =>
    a === undefined || b === undefined || a.dtype === "float32"
      ? undefined
      : tf.atan2(tf.cast(a, "float32"), tf.cast(b, "float32")),
  /** TensorFlow has no sum of booleans. */
  Sum: ({ attrs }, [x]) => (x?.dtype === "bool" ? runKernel("Sum", { x: tf.cast(x, "int32") }, attrs) : undefined),
  /** tfjs-node gives the mean of integers an integer type. */
  Mean: ({ attrs }, [x]) =>
    x === undefined || x.dtype === "float32" ? undefined : runKernel("Mean", { x: tf.cast(x, "float32") }, attrs),
  /** The axis may be a list of one number, which would become a tensor of the wrong rank. */
  ArgMax: (node, inputs) => withOneAxis(node, inputs),
  ArgMin: (node, inputs) => withOneAxis(node, inputs),
  /** tfjs-node leaves out its element type. */
  ExpandDims: ({ shape }, [x]) => (x === undefined ? undefined : tf.reshape(x, [...shape])),
  /** A segment number above the last one is an error, but a negative one is ignored. */
  UnsortedSegmentSum: ({ attrs }, [x, ids]) => {
    if (x === undefined || ids === undefined) return undefined
    const known = tf.less(ids, tf.scalar(Number(attrs["numSegments"]), "int32"))
    const segmentIds = tf.where(known, ids, tf.fill(ids.shape, -1, "int32"))
    return runKernel("UnsortedSegmentSum", { x, segmentIds }, attrs)
  }
}

const withOneAxis = (node: Node, [x]: ReadonlyArray<tf.Tensor>): tf.Tensor | undefined => {
  const axis: unknown = node.attrs["axis"]
  return Array.isArray(axis) && x !== undefined
    ? runKernel(node.kernel, { x }, { ...node.attrs, axis: Number(axis[0]) })
    : undefined
}

/** One of TensorFlow's own ops on 32-bit floats. */
const op = (type: string, inputs: ReadonlyArray<tf.Tensor>, attrs: ReadonlyArray<OpAttr> = []): tf.Tensor | undefined =>
  nativeBackend()?.executeSingleOutput(type, [{ name: "T", type: attrKind.type, value: 1 }, ...attrs], inputs)

const flag = (name: string, value: unknown): OpAttr => ({ name, type: attrKind.flag, value: value === true })
