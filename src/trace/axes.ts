import * as tf from "@tensorflow/tfjs"
import type { GraphBuilder } from "./build.ts"
import type { Id } from "./Graph.ts"
import type { Lane } from "./kernels/KernelRow.ts"

/**
 * Reductions over an axis that the program does not have yet: written in the code for one datum, they become ordinary
 * reductions when `vectorise` adds the axis, and until then leave a value as it is.
 */
const named =
  (kernel: string) =>
  (x: tf.Tensor, axis: string): tf.Tensor =>
    tf.engine().runKernel(kernel, { x }, { axis })

/** Σ over the axis, each position weighed by the axis's weights (N/B for the rows of a minibatch). */
export const sumOver = named("SumOver")
/** The mean over the axis. */
export const meanOver = named("MeanOver")
/** log of the mean of exp over the axis. */
export const logMeanExpOver = named("LogMeanExpOver")
/** For each position along the axis, the mean over all the other positions. */
export const othersMeanOver = named("OthersMeanOver")

export const namedReductions: ReadonlySet<string> = new Set(["SumOver", "MeanOver", "LogMeanExpOver", "OthersMeanOver"])

/** What a named reduction becomes over a leading axis. A value that does not have the axis is constant along it. */
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

const along = { axis: [0], keepDims: false }
const scalar = (build: GraphBuilder, value: number): Id => build.constant(Float32Array.of(value), [])
const done = (id: Id): Lane => ({ id, batched: false })

const rules: Readonly<Record<string, Rule>> = {
  SumOver: (build, x, size, weights) => {
    if (!x.batched) {
      const total = weights === undefined ? scalar(build, size) : build.add("Sum", [weights], along)
      return done(build.add("Multiply", [x.id, total]))
    }
    if (weights === undefined) return done(build.add("Sum", [x.id], along))
    const rank = build.info(x.id).shape.length
    const column =
      rank === 1 ? weights : build.add("Reshape", [weights], { shape: [size, ...Array<number>(rank - 1).fill(1)] })
    return done(build.add("Sum", [build.add("Multiply", [x.id, column])], along))
  },
  MeanOver: (build, x) => done(x.batched ? build.add("Mean", [x.id], along) : x.id),
  LogMeanExpOver: (build, x, size) => {
    if (!x.batched) return done(x.id)
    const top = build.add("StopGradient", [build.add("Max", [x.id], { reductionIndices: [0], keepDims: true })])
    const total = build.add("Sum", [build.add("Exp", [build.add("Sub", [x.id, top])])], along)
    const flat = build.add("Reshape", [top], { shape: build.info(total).shape })
    const log = build.add("Add", [build.add("Log", [total]), flat])
    return done(build.add("Sub", [log, scalar(build, Math.log(size))]))
  },
  OthersMeanOver: (build, x, size) => {
    if (!x.batched) return done(x.id)
    const total = build.add("Sum", [x.id], { axis: [0], keepDims: true })
    const others = build.add("Sub", [total, x.id])
    return { id: build.add("RealDiv", [others, scalar(build, size - 1)]), batched: true }
  }
}
