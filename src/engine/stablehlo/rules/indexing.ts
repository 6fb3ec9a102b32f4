import { sizeOf } from "../../../tensor/Tensor.ts"
import { axisAttr, numberAttr } from "../../attrs.ts"
import { as, type Call, compared, folding, type Rules, reshaped, result, selected, spread } from "../rule.ts"
import { listText, type Value } from "../types.ts"
import type { Writer } from "../writer.ts"

/** Kernels that read or write at indices. */
export const indexing: Rules = {
  GatherV2: (call) => {
    const { node, operand, to } = call
    const x = operand("x")
    const axis = axisAttr(node, "axis", x.shape.length, 0)
    return gathered(to, result(call, x), as(to, operand("indices"), "i32"), axis, numberAttr(node, "batchDims", 0))
  },
  GatherNd: ({ node, operand, to }) => {
    const [params, indices] = [operand("params"), as(to, operand("indices"), "i32")]
    const depth = indices.shape.at(-1) ?? 1
    const places = Array.from({ length: depth }, (_, axis) => axis)
    const rest = params.shape.slice(depth)
    const lead = indices.shape.length - 1
    const numbers = `offset_dims = [${rest.map((_, i) => lead + i)}], collapsed_slice_dims = [${places}], start_index_map = [${places}], index_vector_dim = ${lead}`
    return to.op(
      "stablehlo.gather",
      [params, indices],
      { shape: node.shape, element: params.element },
      gatherAttributes(numbers, [...places.map(() => 1), ...rest])
    )
  },
  ScatterNd: (call) => {
    const { node, operand, to } = call
    const [indices, updates] = [as(to, operand("indices"), "i32"), as(to, operand("updates"), "f32")]
    const depth = indices.shape.at(-1) ?? 1
    return result(call, scattered(to, to.filled("f32", node.shape, 0), indices, updates, depth))
  },
  UnsortedSegmentSum: segmentSum,
  OneHot: (call) => {
    const { node, operand, to } = call
    const indices = as(to, operand("indices"), "i32")
    const shape = [...indices.shape, numberAttr(node, "depth")]
    const column = spread(to, reshaped(to, indices, [...indices.shape, 1]), shape)
    const last = `iota_dimension = ${indices.shape.length} : i64`
    const hot = compared(to, "EQ", column, to.op("stablehlo.iota", [], { shape, element: "i32" }, last))
    const value = (name: string, otherwise: number): Value => to.filled("f32", shape, numberAttr(node, name, otherwise))
    return result(call, selected(to, hot, value("onValue", 1), value("offValue", 0)))
  }
}

const gatherAttributes = (numbers: string, sizes: ReadonlyArray<number>): string =>
  `dimension_numbers = #stablehlo.gather<${numbers}>, slice_sizes = ${listText(sizes)}, indices_are_sorted = false`

/** The slices of `x` along an axis at the given indices. With batch dimensions, each batch of `x` has its own indices. */
export const gathered = (to: Writer, x: Value, indices: Value, axis: number, batchDims = 0): Value => {
  const picked = indices.shape.length
  const [before, after] = [x.shape.slice(batchDims, axis), x.shape.slice(axis + 1)]
  const batch = Array.from({ length: batchDims }, (_, i) => i)
  const offsets = [
    ...before.map((_, i) => batchDims + i),
    ...after.map((_, i) => batchDims + before.length + (picked - batchDims) + i)
  ]
  const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batchDims), ...after]
  const numbers = [
    `offset_dims = [${offsets}]`,
    `collapsed_slice_dims = [${axis}]`,
    ...(batchDims === 0 ? [] : [`operand_batching_dims = [${batch}]`, `start_indices_batching_dims = [${batch}]`]),
    `start_index_map = [${axis}]`,
    `index_vector_dim = ${picked}`
  ]
  const sizes = x.shape.map((n, i) => (i === axis || i < batchDims ? 1 : n))
  return to.op(
    "stablehlo.gather",
    [x, indices],
    { shape, element: x.element },
    gatherAttributes(numbers.join(", "), sizes)
  )
}

/** Adds updates into slices of a value, at positions given by the last axis of the indices. Positions outside of the value are ignored. */
const scattered = (to: Writer, into: Value, indices: Value, updates: Value, depth: number): Value => {
  const places = Array.from({ length: depth }, (_, axis) => axis)
  const lead = indices.shape.length - 1
  const windows = updates.shape.slice(lead).map((_, i) => lead + i)
  const numbers = `update_window_dims = [${windows}], inserted_window_dims = [${places}], scatter_dims_to_operand_dims = [${places}], index_vector_dim = ${lead}`
  return to.op(
    "stablehlo.scatter",
    [into, indices, updates],
    into,
    `scatter_dimension_numbers = #stablehlo.scatter<${numbers}>, indices_are_sorted = false, unique_indices = false`,
    folding("add", into.element)
  )
}

/** Rows whose segment does not exist are ignored, both by tfjs and by StableHLO. */
function segmentSum(call: Call): Value {
  const { node, operand, to } = call
  const [x, ids] = [operand("x"), as(to, operand("segmentIds"), "i32")]
  const event = x.shape.slice(ids.shape.length)
  const rows = sizeOf(ids.shape)
  const values = as(to, x, x.element === "i1" ? "i32" : x.element)
  const zeros = to.filled(values.element, [numberAttr(node, "numSegments"), ...event], 0)
  const updates = reshaped(to, values, [rows, ...event])
  return result(call, scattered(to, zeros, reshaped(to, ids, [rows, 1]), updates, 1))
}
