import { slice_util } from "@tensorflow/tfjs"
import { axesAttr, axisAttr, listAttr, numberAttr, pairsAttr } from "../../attrs.ts"
import {
  as,
  type Call,
  joined,
  padded,
  placed,
  type Rule,
  type Rules,
  reshaped,
  result,
  sliced,
  slicedAlong,
  spread,
  transposed
} from "../rule.ts"
import { elementOf, listText, type Value } from "../types.ts"
import type { Writer } from "../writer.ts"

/** Kernels that only move numbers, or create constants. */
export const movement: Rules = {
  Reshape: (call) => reshaped(call.to, moving(call), call.node.shape),
  ExpandDims: (call) => reshaped(call.to, result(call, call.operand("input")), call.node.shape),
  Transpose: (call) => transposed(call.to, moving(call), listAttr(call.node, "perm")),
  BroadcastTo: (call) => spread(call.to, moving(call), call.node.shape),
  Tile: (call) => {
    const x = moving(call)
    const reps = call.node.shape.map((n, axis) => n / (x.shape[axis] ?? 1))
    const wide = x.shape.flatMap((n, axis) => [reps[axis] ?? 1, n])
    const axes = x.shape.map((_, axis) => 2 * axis + 1)
    return reps.every((n) => n === 1) ? x : reshaped(call.to, placed(call.to, x, wide, axes), call.node.shape)
  },
  Slice: (call) => {
    const begin = listAttr(call.node, "begin")
    const end = begin.map((start, axis) => start + (call.node.shape[axis] ?? 0))
    return sliced(call.to, moving(call), begin, end)
  },
  StridedSlice: stridedSlice,
  Reverse: (call) => backwards(call.to, moving(call), axesAttr(call.node, "dims", call.node.shape)),
  PadV2: (call) =>
    padded(call.to, moving(call), pairsAttr(call.node, "paddings"), numberAttr(call.node, "constantValue", 0)),
  MirrorPad: mirrored,
  Concat: (call) =>
    concatenated(
      call,
      call.operands.map((x) => result(call, x))
    ),
  Pack: (call) => {
    const axis = axisAttr(call.node, "axis", call.node.shape.length, 0)
    const slice = call.node.shape.map((n, i) => (i === axis ? 1 : n))
    return concatenated(
      call,
      call.operands.map((x) => reshaped(call.to, result(call, x), slice))
    )
  },
  ZerosLike: repeating(() => 0),
  OnesLike: repeating(() => 1),
  Fill: repeating((call) => numberAttr(call.node, "value")),
  Range: (call) => sequence(call, numberAttr(call.node, "start"), numberAttr(call.node, "step", 1)),
  LinSpace: (call) => {
    const [start, stop] = [numberAttr(call.node, "start"), numberAttr(call.node, "stop")]
    return sequence(call, start, (stop - start) / Math.max(1, numberAttr(call.node, "num") - 1))
  }
}

function moving(call: Call): Value {
  return result(call, call.operand("x"))
}

function concatenated(call: Call, parts: ReadonlyArray<Value>): Value {
  return joined(call.to, parts, axisAttr(call.node, "axis", call.node.shape.length, 0), call.node.shape)
}

function repeating(value: (call: Call) => number): Rule {
  return (call) => call.to.filled(elementOf[call.node.dtype], call.node.shape, value(call))
}

function sequence(call: Call, start: number, step: number): Value {
  const { node, to } = call
  const values = Float32Array.from({ length: node.shape[0] ?? 0 }, (_, i) => start + i * step)
  return as(to, to.constant("f32", node.shape, values), elementOf[node.dtype])
}

const backwards = (to: Writer, x: Value, axes: ReadonlyArray<number>): Value =>
  axes.length === 0 ? x : to.op("stablehlo.reverse", [x], x, `dimensions = ${listText(axes)}`)

/** StableHLO has only positive strides: an axis with a negative stride is reversed first. */
function stridedSlice(call: Call): Value {
  const { node, to } = call
  const x = moving(call)
  const mask = (name: string): number => numberAttr(node, name, 0)
  const { begin, end, strides } = slice_util.sliceInfo(
    [...x.shape],
    [...listAttr(node, "begin")],
    [...listAttr(node, "end")],
    [...listAttr(node, "strides")],
    mask("beginMask"),
    mask("endMask"),
    mask("ellipsisMask"),
    mask("newAxisMask"),
    mask("shrinkAxisMask")
  )
  const back = strides.map((step) => step < 0)
  const forwards = backwards(
    to,
    x,
    back.flatMap((is, axis) => (is ? [axis] : []))
  )
  const from = (place: number, axis: number): number => (back[axis] === true ? (x.shape[axis] ?? 0) - 1 - place : place)
  const starts = begin.map(from)
  const stops = end.map((place, axis) => Math.max(starts[axis] ?? 0, from(place, axis)))
  return reshaped(to, sliced(to, forwards, starts, stops, strides.map(Math.abs)), node.shape)
}

/** For each axis, one after the other: its first margin reversed, then the axis itself, then its last margin reversed. */
function mirrored(call: Call): Value {
  const { to, node } = call
  const skip = node.attrs["mode"] === "symmetric" ? 0 : 1
  return pairsAttr(node, "paddings").reduce<Value>((value, [before, after], axis) => {
    const n = value.shape[axis] ?? 0
    const margin = (begin: number, end: number): ReadonlyArray<Value> =>
      begin === end ? [] : [backwards(to, slicedAlong(to, value, axis, begin, end), [axis])]
    const parts = [...margin(skip, skip + before), value, ...margin(n - skip - after, n - skip)]
    return joined(
      to,
      parts,
      axis,
      value.shape.map((size, i) => (i === axis ? before + size + after : size))
    )
  }, moving(call))
}
