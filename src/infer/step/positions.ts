import * as tf from "@tensorflow/tfjs"
import { covers, interval } from "../../tensor/Interval.ts"
import { type Node, nodeAt } from "../../trace/Graph.ts"
import { rangesOf } from "../../trace/ranges/rangesOf.ts"
import { runNode } from "../../trace/runKernel.ts"
import type { Joint } from "../joint/Joint.ts"
import { dataReadBy, knownRanges } from "../joint/knownRanges.ts"

/**
 * The reads of a tensor at computed positions that may not exist. Positions that are data are checked before a fit, and those whose range lies within the axis exist. For any other one
 * engines read different entries, among them another particle's.
 */
export const doubtfulReads = (joint: Joint): ReadonlySet<Node> => {
  const { graph } = joint
  const reads = graph.nodes.filter(
    ({ kernel, dtype, attrs }) => kernel === "GatherV2" && dtype === "float32" && Number(attrs["batchDims"]) === 0
  )
  if (reads.length === 0) return new Set()
  const ranges = rangesOf(graph, knownRanges(joint))
  return new Set(
    reads.filter(({ inputs: [x = 0, index = 0], attrs }) => {
      const entries = nodeAt(graph, x).shape[Number(attrs["axis"])] ?? 0
      const range = ranges[index]
      const exists = range !== undefined && covers(interval(0, entries - 1), range)
      return !exists && dataReadBy(graph, index) === undefined
    })
  )
}

/** The read, NaN at positions that do not exist. */
export const readOrNaN = (node: Node, [x, index]: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  if (x === undefined || index === undefined) throw new RangeError("GatherV2 takes two inputs")
  const axis = Number(node.attrs["axis"])
  const end = tf.scalar((x.shape[axis] ?? 1) - 1, "int32")
  const nearest = tf.minimum(tf.maximum(index, tf.scalar(0, "int32")), end)
  // the axes of the index stand before those of an entry
  const exists = tf.reshape(tf.equal(nearest, index), [...index.shape, ...x.shape.slice(axis + 1).map(() => 1)])
  return tf.where(exists, runNode(node, [x, nearest]), tf.scalar(Number.NaN))
}
