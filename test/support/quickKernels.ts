import * as tf from "@tensorflow/tfjs"
import { sizeOf } from "../../src/tensor/Tensor.ts"

/**
 * Makes two kinds of tfjs's cpu kernels quick, with the same numbers. Kernels of two operands: their own loop over a dimension that broadcasts takes ten times as long for each number as the one over
 * operands of one shape; here the operands are written out first. Slices: tfjs computes the place of each number; here rows are copied. Returns what undoes it.
 */
export const quickKernels = (): (() => void) => {
  const replaced = ["Slice", ...kernels].flatMap((kernel) => tf.getKernel(kernel, "cpu") ?? [])
  const register = (config: tf.KernelConfig): void => {
    tf.unregisterKernel(config.kernelName, "cpu")
    tf.registerKernel(config)
  }
  for (const config of replaced) {
    const quick = config.kernelName === "Slice" ? byRows : writtenOut
    register({ ...config, kernelFunc: quick(config.kernelFunc) })
  }
  return () => {
    for (const config of replaced) register(config)
  }
}

const kernels = [
  ...["Add", "Sub", "Multiply", "RealDiv", "FloorDiv", "Mod", "Pow", "Atan2"],
  ...["Maximum", "Minimum", "SquaredDifference", "LogicalAnd", "LogicalOr"],
  ...["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"]
]

/** From this many numbers on it pays to write operands out. */
const many = 64

const writtenOut =
  (run: tf.KernelFunc): tf.KernelFunc =>
  (call) => {
    const { a, b } = call.inputs
    if (a === undefined || b === undefined || a.dtype === "complex64" || a.dtype === "string") return run(call)
    const shape = tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape)
    if (sizeOf(shape) < many) return run(call)
    const [left, right] = [written(a, shape), written(b, shape)]
    const result = run({ ...call, inputs: { a: left, b: right } })
    if (left !== a) tf.backend().disposeData(left.dataId)
    if (right !== b) tf.backend().disposeData(right.dataId)
    return result
  }

/** An operand without dimensions of 1 that broadcast. Dimensions that it lacks in front do not slow tfjs down. */
const written = (x: tf.TensorInfo, full: ReadonlyArray<number>): tf.TensorInfo => {
  const shape = full.slice(full.length - x.shape.length)
  if (shape.every((n, axis) => n === x.shape[axis])) return x
  let values = tf.backend().readSync(x.dataId) as Float32Array
  // from the last dimension to the first, so that the rows of what is there already are repeated
  for (let axis = shape.length - 1, row = 1; axis >= 0; axis--) {
    const n = shape[axis] as number
    if (x.shape[axis] === 1 && n > 1) values = repeated(values, row, n)
    row *= n
  }
  return { dataId: tf.backend().write(values, shape, x.dtype), shape, dtype: x.dtype }
}

/** Each row, n times; of numbers of any type. */
const repeated = (values: Float32Array, row: number, n: number): Float32Array => {
  const made = new (values.constructor as Float32ArrayConstructor)(values.length * n)
  for (let from = 0, to = 0; from < values.length; from += row)
    if (row === 1) made.fill(values[from] as number, to, (to += n))
    else for (const one = values.subarray(from, from + row), end = to + n * row; to < end; to += row) made.set(one, to)
  return made
}

/** A part of a tensor that lies apart in it, copied row by row. */
const byRows =
  (run: tf.KernelFunc): tf.KernelFunc =>
  (call) => {
    const { x } = call.inputs
    const { begin, size } = call.attrs as { begin: number[]; size: number[] }
    if (x === undefined || x.dtype === "complex64" || x.dtype === "string") return run(call)
    const parsed: ReadonlyArray<number[] | undefined> = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size)
    const [from = [], shape = []] = parsed
    if (sizeOf(shape) < many || tf.slice_util.isSliceContinous(x.shape, from, shape)) return run(call)
    tf.slice_util.assertParamsValid(x as tf.Tensor, from, shape)
    const values = tf.backend().readSync(x.dataId) as Float32Array
    const made = new (values.constructor as Float32ArrayConstructor)(sizeOf(shape))
    const row = shape.at(-1) ?? 1
    let to = 0
    const copy = (axis: number, at: number): void => {
      const stride = sizeOf(x.shape.slice(axis + 1))
      const start = at + (from[axis] ?? 0) * stride
      if (axis === shape.length - 1) {
        made.set(values.subarray(start, start + row), to)
        to += row
      } else for (let i = 0; i < (shape[axis] ?? 0); i++) copy(axis + 1, start + i * stride)
    }
    copy(0, 0)
    return { dataId: tf.backend().write(made, shape, x.dtype), shape, dtype: x.dtype }
  }
