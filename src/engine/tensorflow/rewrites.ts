import * as tf from "@tensorflow/tfjs"
import type { Node } from "../../trace/Graph.ts"
import { runKernel } from "../../trace/runKernel.ts"
import { attrKind, nativeBackend, type OpAttr } from "./native.ts"

type Call = (node: Node, inputs: ReadonlyArray<tf.Tensor>) => tf.Tensor | undefined

/**
 * Kernel calls that tfjs-node 4.22 refuses or gets wrong as they stand, in a form that it takes, and calls for which
 * TensorFlow has a better op; undefined leaves one as it is.
 */
export const onTensorflow: Readonly<Record<string, Call>> = {
  /** The op for plain matrices, which TensorFlow can join with the bias and the ReLU that follow. */
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
  /** A kernel of ours, which `fuse` writes. */
  ReluGrad: (_, [dy, relu]) => (dy === undefined || relu === undefined ? undefined : op("ReluGrad", [dy, relu])),
  /** TensorFlow has no integer form of this one. */
  Atan2: (_, [a, b]) =>
    a === undefined || b === undefined || a.dtype === "float32"
      ? undefined
      : tf.atan2(tf.cast(a, "float32"), tf.cast(b, "float32")),
  /** Booleans have no sum. */
  Sum: ({ attrs }, [x]) => (x?.dtype === "bool" ? runKernel("Sum", { x: tf.cast(x, "int32") }, attrs) : undefined),
  /** The mean of integers is said to be of integers. */
  Mean: ({ attrs }, [x]) =>
    x === undefined || x.dtype === "float32" ? undefined : runKernel("Mean", { x: tf.cast(x, "float32") }, attrs),
  /** The axis may come as a list of one, which becomes a tensor of the wrong rank. */
  ArgMax: (node, inputs) => withOneAxis(node, inputs),
  ArgMin: (node, inputs) => withOneAxis(node, inputs),
  /** Its element type is left out. */
  ExpandDims: ({ shape }, [x]) => (x === undefined ? undefined : tf.reshape(x, [...shape])),
  /** A segment beyond the last one is an error, where a negative one is nothing. */
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

/** An op of TensorFlow's own on 32-bit floats. */
const op = (type: string, inputs: ReadonlyArray<tf.Tensor>, attrs: ReadonlyArray<OpAttr> = []): tf.Tensor | undefined =>
  nativeBackend()?.executeSingleOutput(type, [{ name: "T", type: attrKind.type, value: 1 }, ...attrs], inputs)

const flag = (name: string, value: unknown): OpAttr => ({ name, type: attrKind.flag, value: value === true })
