import { type Shape, sizeOf } from "../../../tensor/Tensor.ts"
import { axisAttr, numberAttr } from "../../attrs.ts"
import { as, type Call, cast, type Rules, reshaped, result } from "../rule.ts"
import type { Name, Writer } from "../writer.ts"

/** Kernels that read or write at indices. */
export const indexing: Rules = {
  GatherV2: gather,
  GatherNd: (call) => {
    const indices = cast(call.to, call.operand("indices").name, "int64")
    return call.to.op("GatherND", [as(call.to, call.operand("params"), call.node.dtype), indices])
  },
  ScatterNd: (call) => {
    const indices = cast(call.to, call.operand("indices").name, "int64")
    const zeros = call.to.filled("float32", call.node.shape, 0)
    const updates = as(call.to, call.operand("updates"), "float32")
    return result(call, call.to.op("ScatterND", [zeros, indices, updates], add), "float32")
  },
  UnsortedSegmentSum: segmentSum,
  OneHot: ({ node, operand, to }) => {
    const indices = operand("indices")
    const depth = numberAttr(node, "depth")
    const column = reshaped(to, as(to, indices, "int32"), [...indices.shape, 1])
    const places = to.constant(
      "int32",
      [depth],
      Int32Array.from({ length: depth }, (_, i) => i)
    )
    const value = (name: string, otherwise: number): Name => to.scalar("float32", numberAttr(node, name, otherwise))
    const hot = to.op("Where", [to.op("Equal", [column, places]), value("onValue", 1), value("offValue", 0)])
    return node.dtype === "float32" ? hot : cast(to, hot, node.dtype)
  }
}

const add = { reduction: { string: "add" } } as const

/** With batch dimensions, `x` is reshaped to one long list of slices, and the indices of each batch are shifted to its part. */
function gather(call: Call): Name {
  const { node, operand, to } = call
  const x = operand("x")
  const indices = operand("indices")
  const axis = axisAttr(node, "axis", x.shape.length, 0)
  const batchDims = numberAttr(node, "batchDims", 0)
  const values = as(to, x, node.dtype)
  const places = as(to, indices, "int32")
  if (batchDims === 0) return to.op("Gather", [values, places], { axis: { int: axis } })

  const batch = x.shape.slice(0, batchDims)
  const between = x.shape.slice(batchDims, axis)
  const after = x.shape.slice(axis + 1)
  const length = x.shape[axis] ?? 0
  const picked = indices.shape.slice(batchDims)
  const front = order([batchDims, between.length, 1, after.length], [0, 2, 1, 3])
  const slices = reshaped(to, transposed(to, values, front), [sizeOf(batch) * length, ...between, ...after])
  const starts = Int32Array.from({ length: sizeOf(batch) }, (_, i) => i * length)
  const shift = to.constant("int32", [...batch, ...picked.map(() => 1)], starts)
  const found = to.op("Gather", [slices, to.op("Add", [places, shift])], { axis: { int: 0 } })
  return transposed(to, found, order([batchDims, picked.length, between.length, after.length], [0, 2, 1, 3]))
}

/** The permutation that reorders groups of adjacent axes. */
const order = (groups: Shape, sequence: ReadonlyArray<number>): ReadonlyArray<number> => {
  const starts = groups.map((_, i) => groups.slice(0, i).reduce((sum, n) => sum + n, 0))
  return sequence.flatMap((group) => Array.from({ length: groups[group] ?? 0 }, (_, i) => (starts[group] ?? 0) + i))
}

const transposed = (to: Writer, name: Name, perm: ReadonlyArray<number>): Name =>
  perm.every((axis, i) => axis === i) ? name : to.op("Transpose", [name], { perm: { ints: perm } })

/** tfjs ignores rows whose segment does not exist. Here they are written to one extra row, which is cut off. */
function segmentSum(call: Call): Name {
  const { node, operand, to } = call
  const segments = numberAttr(node, "numSegments")
  const ids = operand("segmentIds")
  const x = operand("x")
  const rows = ids.shape.length
  const event = x.shape.slice(rows)
  const id = as(to, ids, "int32")
  const outside = to.op("Or", [
    to.op("Less", [id, to.scalar("int32", 0)]),
    to.op("GreaterOrEqual", [id, to.scalar("int32", segments)])
  ])
  const safe = to.op("Where", [outside, to.scalar("int32", segments), id])
  const column = reshaped(to, safe, [sizeOf(ids.shape), ...event.map(() => 1)])
  const shape = [sizeOf(ids.shape), ...event]
  const places = to.op("Expand", [column, to.list(shape)])
  const updates = reshaped(to, as(to, x, "float32"), shape)
  const zeros = to.filled("float32", [segments + 1, ...event], 0)
  const sums = to.op("ScatterElements", [zeros, places, updates], { axis: { int: 0 }, ...add })
  return result(call, to.op("Slice", [sums, to.list([0]), to.list([segments]), to.list([0])]), "float32")
}
