import * as tf from "@tensorflow/tfjs"
import { sizeOf } from "../../tensor/Tensor.ts"
import { filledValues, type Node, type Values } from "../../trace/Graph.ts"
import { runNode } from "../../trace/runKernel.ts"
import { onCpu } from "../backend.ts"

/** Kernels that move numbers and compute none. */
const movers: ReadonlySet<string> = new Set([
  "Concat",
  "GatherV2",
  "PadV2",
  "Pack",
  "Reverse",
  "Slice",
  "StridedSlice",
  "Tile",
  "Transpose"
])

export const isMover = ({ kernel, dtype }: Node): boolean => movers.has(kernel) && dtype !== "int32"

/** Of each number of a moved value: where it stands among the numbers of all inputs, one input after the other; −1 for a number of the padding. */
export const sourcesOf = (node: Node, infos: ReadonlyArray<Node>, wholes: (input: number) => Values): Values => {
  let count = 0
  return onCpu(() =>
    tf.tidy(() => {
      const numbered = infos.map(({ shape, dtype }, i) => {
        if (dtype === "int32") return tf.tensor(wholes(i), [...shape], "int32")
        const from = count
        count += sizeOf(shape)
        return tf.tensor(
          Int32Array.from({ length: sizeOf(shape) }, (_, at) => from + at),
          [...shape],
          "int32"
        )
      })
      const attrs = node.kernel === "PadV2" ? { ...node.attrs, constantValue: -1 } : node.attrs
      return runNode({ ...node, attrs }, numbered).dataSync<"int32">()
    })
  )
}

/** For each number of rows that are summed by segments, its place in the sums; −1 for a row of none of them. */
export const placesInSegments = (segments: Values, count: number, size: number): Int32Array => {
  const width = size / Math.max(1, segments.length)
  return Int32Array.from({ length: size }, (_, at) => {
    const segment = segments[Math.floor(at / width)] ?? -1
    return segment < 0 || segment >= count ? -1 : segment * width + (at % width)
  })
}

/** The padding of a value, and zeros elsewhere. */
export const paddingOf = ({ attrs, shape }: Node): Values =>
  filledValues("float32", sizeOf(shape), Number(attrs["constantValue"] ?? 0))
