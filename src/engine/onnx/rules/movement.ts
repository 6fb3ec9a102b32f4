import { slice_util } from "@tensorflow/tfjs"
import { axesAttr, axisAttr, listAttr, numberAttr, pairsAttr } from "../../attrs.ts"
import { as, type Call, type Rules, reshaped, result } from "../rule.ts"
import type { Name } from "../writer.ts"

/** Kernels that only move numbers, or create constants. */
export const movement: Rules = {
  Reshape: reshape("x"),
  ExpandDims: reshape("input"),
  Transpose: (call) => moved(call, "Transpose", [], { perm: { ints: listAttr(call.node, "perm") } }),
  BroadcastTo: (call) => moved(call, "Expand", [call.to.list(call.node.shape)]),
  Tile: (call) => (call.node.shape.length === 0 ? moved(call, "Identity") : moved(call, "Tile", [repeats(call)])),
  Slice: (call) => {
    const begin = listAttr(call.node, "begin")
    const end = begin.map((start, axis) => start + (call.node.shape[axis] ?? 0))
    if (begin.length === 0) return moved(call, "Identity")
    return moved(call, "Slice", [begin, end, begin.map((_, axis) => axis)].map(call.to.list))
  },
  StridedSlice: stridedSlice,
  Reverse: (call) => {
    const x = call.operand("x")
    const axes = axesAttr(call.node, "dims", x.shape)
    if (axes.length === 0) return moved(call, "Identity")
    const lists = [axes.map(() => -1), axes.map((axis) => -(x.shape[axis] ?? 0) - 1), axes, axes.map(() => -1)]
    return moved(call, "Slice", lists.map(call.to.list))
  },
  PadV2: (call) => {
    const pairs = pairsAttr(call.node, "paddings")
    if (pairs.length === 0) return moved(call, "Identity")
    const pads = [...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)]
    const value = call.to.scalar("float32", numberAttr(call.node, "constantValue", 0))
    const x = as(call.to, call.operand("x"), "float32")
    return result(call, call.to.op("Pad", [x, call.to.list(pads), value]), "float32")
  },
  MirrorPad: (call) => {
    const pairs = pairsAttr(call.node, "paddings")
    const symmetric = call.node.attrs["mode"] === "symmetric"
    return mirrored(call, pairs, symmetric ? 0 : 1)
  },
  Concat: (call) =>
    joined(
      call,
      call.operands.map((x) => as(call.to, x, call.node.dtype))
    ),
  Pack: (call) => {
    const axis = axisAttr(call.node, "axis", call.node.shape.length, 0)
    const slice = call.node.shape.map((n, i) => (i === axis ? 1 : n))
    return joined(
      call,
      call.operands.map((x) => reshaped(call.to, as(call.to, x, call.node.dtype), slice))
    )
  },
  ZerosLike: ({ node, to }) => to.filled(node.dtype, node.shape, 0),
  OnesLike: ({ node, to }) => to.filled(node.dtype, node.shape, 1),
  Fill: ({ node, to }) => to.filled(node.dtype, node.shape, numberAttr(node, "value")),
  Range: (call) => sequence(call, numberAttr(call.node, "start"), numberAttr(call.node, "step", 1)),
  LinSpace: (call) => {
    const [start, stop] = [numberAttr(call.node, "start"), numberAttr(call.node, "stop")]
    return sequence(call, start, (stop - start) / Math.max(1, numberAttr(call.node, "num") - 1))
  }
}

function reshape(name: string): (call: Call) => Name {
  return (call) => reshaped(call.to, as(call.to, call.operand(name), call.node.dtype), call.node.shape)
}

function moved(call: Call, type: string, rest: ReadonlyArray<Name> = [], attributes = {}): Name {
  return call.to.op(type, [as(call.to, call.operand("x"), call.node.dtype), ...rest], attributes)
}

function repeats(call: Call): Name {
  return call.to.list(listAttr(call.node, "reps"))
}

function joined(call: Call, parts: ReadonlyArray<Name>): Name {
  const axis = axisAttr(call.node, "axis", call.node.shape.length, 0)
  return call.to.op("Concat", parts, { axis: { int: axis } })
}

function sequence({ node, to }: Call, start: number, step: number): Name {
  const values = Float32Array.from({ length: node.shape[0] ?? 0 }, (_, i) => start + i * step)
  return to.constant(node.dtype, node.shape, values)
}

/** ONNX counts a negative end from the back, so an end before the first element is written as −length − 1. */
function stridedSlice(call: Call): Name {
  const { node } = call
  const x = call.operand("x")
  const mask = (name: string): number => numberAttr(node, name, 0)
  const info = slice_util.sliceInfo(
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
  const axes = info.begin.map((_, axis) => axis)
  const ends = info.end.map((end, axis) => (end < 0 ? -(x.shape[axis] ?? 0) - 1 : end))
  const sliced = moved(call, "Slice", [info.begin, ends, axes, info.strides].map(call.to.list))
  return reshaped(call.to, sliced, node.shape)
}

/** For each axis, one after the other: its first margin reversed, then the axis itself, then its last margin reversed. */
function mirrored(call: Call, pairs: ReadonlyArray<readonly [number, number]>, skip: 0 | 1): Name {
  const { to } = call
  const x = call.operand("x")
  const backwards = (name: Name, axis: number, from: number, until: number): Name =>
    to.op("Slice", [name, ...[[from], [until], [axis], [-1]].map(to.list)])
  return pairs.reduce<Name>(
    (name, [before, after], axis) => {
      const length = x.shape[axis] ?? 0
      const last = length - 1 - skip
      const front = before === 0 ? [] : [backwards(name, axis, before - 1 + skip, skip === 0 ? -length - 1 : 0)]
      const back = after === 0 ? [] : [backwards(name, axis, last, last - after < 0 ? -length - 1 : last - after)]
      return front.length + back.length === 0
        ? name
        : to.op("Concat", [...front, name, ...back], { axis: { int: axis } })
    },
    as(to, x, call.node.dtype)
  )
}
