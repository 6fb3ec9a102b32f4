import * as tf from "@tensorflow/tfjs"
import type { Node } from "../trace/Graph.ts"

type Call = (node: Node, inputs: ReadonlyArray<tf.Tensor>) => tf.Tensor | undefined

/**
 * Kernel calls that the wasm backend of tfjs 4.22 gets wrong, found by comparison of each kernel with the cpu backend. It reads booleans as 32-bit
 * numbers, gathers a batch as a single array, and writes one-hot entries outside of their row.
 */
export const wrongOnWasm = (node: Node, inputs: ReadonlyArray<Node>): boolean =>
  wrong[node.kernel]?.(node, inputs) === true

const sumsBooleans = (_: Node, [x]: ReadonlyArray<Node>): boolean => x?.dtype === "bool"

const wrong: Readonly<Record<string, (node: Node, inputs: ReadonlyArray<Node>) => boolean>> = {
  Select: ({ dtype }) => dtype === "bool",
  Sum: sumsBooleans,
  Prod: sumsBooleans,
  Max: sumsBooleans,
  Min: sumsBooleans,
  Mean: sumsBooleans,
  Cumsum: sumsBooleans,
  GatherV2: ({ attrs }) => attrs["batchDims"] !== undefined && attrs["batchDims"] !== 0,
  OneHot: () => true
}

/** Replacements for kernel calls that the wasm backend lacks, computes slowly or gets wrong; undefined means no replacement. */
export const onWasm: Readonly<Record<string, Call>> = {
  /** A product of transposed matrices is about fifteen times slower than an explicit transpose and a product. */
  BatchMatMul: ({ attrs }, [a, b]) => {
    const [left, right] = [attrs["transposeA"] === true, attrs["transposeB"] === true]
    return a === undefined || b === undefined || !(left || right)
      ? undefined
      : tf.matMul(left ? swapped(a) : a, right ? swapped(b) : b)
  },
  /** It has no segment sum, the gradient of `gather`. This is a product with a matrix that is 1 where a row belongs to a segment. */
  UnsortedSegmentSum: ({ attrs, shape }, [x, ids]) => {
    if (x === undefined || ids === undefined) return undefined
    const segments = Number(attrs["numSegments"])
    const rows = ids.size
    const names = tf.reshape(tf.range(0, segments, 1, "float32"), [segments, 1])
    const belongs = tf.cast(tf.equal(names, tf.reshape(tf.cast(ids, "float32"), [1, rows])), "float32")
    return tf.reshape(tf.matMul(belongs, tf.reshape(x, [rows, -1])), [...shape])
  },
  /** Its cast to boolean keeps the number. */
  Cast: ({ dtype }, [x]) => (dtype === "bool" && x !== undefined ? tf.notEqual(x, tf.zerosLike(x)) : undefined),
  /** Its log1p is the logarithm of the rounded sum. This adds the correction (x − (u − 1))/u with u = 1 + x. */
  Log1p: (_, [x]) => {
    if (x === undefined) return undefined
    const finite = tf.minimum(x, 3e38)
    const u = tf.maximum(tf.add(finite, 1), 1e-30)
    return tf.add(tf.log(tf.add(x, 1)), tf.div(tf.sub(finite, tf.sub(u, 1)), u))
  }
}

const swapped = (x: tf.Tensor): tf.Tensor => {
  const perm = x.shape.map((_, axis) => axis)
  perm.push(...perm.splice(-2, 1))
  return tf.transpose(x, perm)
}
