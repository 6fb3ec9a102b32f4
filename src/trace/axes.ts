import * as tf from "@tensorflow/tfjs"
import { sizeOf } from "../tensor/Tensor.ts"
import type { GraphBuilder } from "./build.ts"
import type { Id } from "./Graph.ts"
import type { Lane } from "./kernels/KernelRow.ts"

/**
 * Reductions over an axis that the program does not have yet: they stand in the code for one datum and return their argument unchanged. When
 * `vectorise` adds the axis, they become ordinary reductions.
 */
const named =
  (kernel: string) =>
  (x: tf.Tensor, axis: string): tf.Tensor =>
    tf.engine().runKernel(kernel, { x }, { axis })

/** Σ over the axis, with the axis's weights (N/B for the rows of a minibatch). */
export const sumOver = named("SumOver")
/** The mean over the axis. */
export const meanOver = named("MeanOver")
/** log of the mean of exp over the axis. */
export const logMeanExpOver = named("LogMeanExpOver")
/** For each position along the axis, the mean over all the other positions. */
export const othersMeanOver = named("OthersMeanOver")

/** The value at each position of an axis, from a tensor of all of them: `[K, …]` becomes one value on the axis, which the program does not have yet. */
export const along = (x: tf.Tensor, axis: string): tf.Tensor => tf.engine().runKernel("Along", { x }, { axis })

/** All values along an axis that the program does not have yet as one value `[size, …]`: the way back from {@link along}. */
export const across = (x: tf.Tensor, axis: string, size: number): tf.Tensor =>
  tf.engine().runKernel("Across", { x }, { axis, size })

/** In the body of a recurrence: the value at its position, of a tensor outside that has one for each position of an axis. */
export const atPosition = (x: tf.Tensor, axis: string, size: number): tf.Tensor =>
  tf.engine().runKernel("AtPosition", { x }, { axis, size })

/** The kernels that stand for values on axes which the program does not have yet. None is left when all axes have been added. */
export const ofNamedAxes: ReadonlySet<string> = new Set([
  ...["SumOver", "MeanOver", "LogMeanExpOver", "OthersMeanOver"],
  ...["Along", "Across"]
])

export const namedReductions: ReadonlySet<string> = new Set(["SumOver", "MeanOver", "LogMeanExpOver", "OthersMeanOver"])

/** The ordinary reduction for a named one, over a leading axis. A value without the axis is constant along it. */
export const reduceAxis = (
  build: GraphBuilder,
  kernel: string,
  x: Lane,
  size: number,
  weights: Id | undefined
): Lane => {
  const rule = rules[kernel]
  if (rule === undefined) throw new RangeError(`${kernel} is not a named reduction`)
  return rule(build, x, size, weights)
}

type Rule = (build: GraphBuilder, x: Lane, size: number, weights: Id | undefined) => Lane

const leading = { axis: [0], keepDims: false }
/** The largest number of float32, and the smallest that no engine rounds to 0. */
const [largest, smallest] = [3.4028234e38, 1.1754944e-38]
const scalar = (build: GraphBuilder, value: number): Id => build.constant(Float32Array.of(value), [])
const done = (id: Id): Lane => ({ id, batched: false })

const rules: Readonly<Record<string, Rule>> = {
  SumOver: (build, x, size, weights) => {
    if (!x.batched) {
      const total = weights === undefined ? scalar(build, size) : build.add("Sum", [weights], leading)
      return done(build.add("Multiply", [x.id, total]))
    }
    if (weights === undefined) return done(build.add("Sum", [x.id], leading))
    const rank = build.info(x.id).shape.length
    const column =
      rank === 1 ? weights : build.add("Reshape", [weights], { shape: [size, ...Array<number>(rank - 1).fill(1)] })
    return done(build.add("Sum", [build.add("Multiply", [x.id, column])], leading))
  },
  MeanOver: (build, x) => done(x.batched ? build.add("Mean", [x.id], leading) : x.id),
  LogMeanExpOver: (build, x, size) => {
    if (!x.batched) return done(x.id)
    const top = build.add("StopGradient", [build.add("Max", [x.id], { reductionIndices: [0], keepDims: true })])
    // if every position is impossible the result is −∞, with gradient 0 and not NaN
    const finite = build.add("Maximum", [top, scalar(build, -largest)])
    const total = build.add("Sum", [build.add("Exp", [build.add("Sub", [x.id, finite])])], leading)
    const { shape } = build.info(total)
    const isPossible = build.add("Greater", [total, scalar(build, 0)])
    const log = build.add("Log", [build.add("Maximum", [total, scalar(build, smallest)])])
    const sum = build.add("Add", [log, build.add("Reshape", [finite], { shape })])
    const none = build.constant(new Float32Array(sizeOf(shape)).fill(Number.NEGATIVE_INFINITY), shape)
    const result = build.add("Select", [isPossible, sum, none])
    return done(build.add("Sub", [result, scalar(build, Math.log(size))]))
  },
  OthersMeanOver: (build, x, size) => {
    if (!x.batched) return done(x.id)
    const total = build.add("Sum", [x.id], { axis: [0], keepDims: true })
    const others = build.add("Sub", [total, x.id])
    return { id: build.add("RealDiv", [others, scalar(build, size - 1)]), batched: true }
  }
}
