import { anything, point } from "../../tensor/Interval.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Id, Node } from "../Graph.ts"
import { hull, times } from "../ranges/arithmetic.ts"
import { chosenBy } from "./continuityRules.ts"
import { axisOf, type Builder, expand, first, type KernelRow, type Lane, type Rows } from "./KernelRow.ts"

const gather: KernelRow = {
  continuity: chosenBy(1),
  range: ([x = anything]) => x,
  inputs: ["x", "indices"],
  attrs: (inputs, attrs) => ({
    axis: axisOf(attrs["axis"] ?? 0, first(inputs).shape.length),
    batchDims: axisOf(attrs["batchDims"] ?? 0, inputs[1]?.shape.length ?? 0)
  }),
  infer: ([x, indices], attrs) => {
    if (x === undefined || indices === undefined) throw new RangeError("GatherV2 takes two inputs")
    const [axis, batchDims] = [Number(attrs["axis"]), Number(attrs["batchDims"])]
    return {
      shape: [...x.shape.slice(0, axis), ...indices.shape.slice(batchDims), ...x.shape.slice(axis + 1)],
      dtype: x.dtype
    }
  },
  vectorise: (build, node, [x, indices], size) => {
    if (x === undefined || indices === undefined) throw new RangeError("GatherV2 takes two inputs")
    const axis = Number(node.attrs["axis"])
    if (Number(node.attrs["batchDims"]) > 0) return gatherInBatch(build, node, [x, indices], size)
    if (!indices.batched) return build.add("GatherV2", [x.id, indices.id], { axis: axis + 1, batchDims: 0 })
    const front = moveAxis(build, x.id, axis + (x.batched ? 1 : 0), x.batched ? 1 : 0)
    const picked = x.batched
      ? gatherEach(build, front, indices.id, size)
      : build.add("GatherV2", [front, indices.id], { axis: 0, batchDims: 0 })
    const indexRank = build.info(indices.id).shape.length - 1
    return moveBlock(build, picked, 1, indexRank, axis + 1)
  }
}

/** A gather that already has batch dimensions: the new axis and the first batch dimension are merged. */
const gatherInBatch = (build: Builder, node: Node, lanes: ReadonlyArray<Lane>, size: number): Id => {
  const merged = lanes.map((lane) => {
    const wide = expand(build, lane, size)
    const [, n = 1, ...rest] = build.info(wide).shape
    return build.add("Reshape", [wide], { shape: [size * n, ...rest] })
  })
  return build.add("Reshape", [build.add("GatherV2", merged, node.attrs)], { shape: [size, ...node.shape] })
}

/** Each lane reads its own table. The tables are joined to one, and lane i's indices are shifted by i tables (this form has a gradient). */
const gatherEach = (build: Builder, x: Id, indices: Id, size: number): Id => {
  const [, n = 1, ...rest] = build.info(x).shape
  const shape = build.info(indices).shape
  const flat = build.add("Reshape", [x], { shape: [size * n, ...rest] })
  const offsets = build.constant(
    Int32Array.from({ length: size }, (_, i) => i * n),
    [size, ...shape.slice(1).map(() => 1)]
  )
  return build.add("GatherV2", [flat, build.add("Add", [indices, offsets])], { axis: 0, batchDims: 0 })
}

const moveAxis = (build: Builder, x: Id, from: number, to: number): Id => moveBlock(build, x, from, 1, to)

/** Moves `count` neighbouring axes to position `to`. */
const moveBlock = (build: Builder, x: Id, from: number, count: number, to: number): Id => {
  if (from === to || count === 0) return x
  const order = build.info(x).shape.map((_, i) => i)
  const block = order.splice(from, count)
  order.splice(to, 0, ...block)
  return build.add("Transpose", [x], { perm: order })
}

/** Adds rows of `x` into `numSegments` bins, and ignores rows whose bin does not exist: the gradient of `GatherV2`. */
const segmentSum: KernelRow = {
  continuity: chosenBy(1),
  range: ([x = anything], _, [, ids = []]) => hull(point(0), x, times(x, sizeOf(ids))),
  inputs: ["x", "segmentIds"],
  infer: ([x, ids], attrs) => {
    if (x === undefined || ids === undefined) throw new RangeError("UnsortedSegmentSum takes two inputs")
    return { shape: [Number(attrs["numSegments"]), ...x.shape.slice(ids.shape.length)], dtype: x.dtype }
  },
  vectorise: (build, node, [x, ids], size) => {
    if (x === undefined || ids === undefined) throw new RangeError("UnsortedSegmentSum takes two inputs")
    const segments = Number(node.attrs["numSegments"])
    const [values, bins] = [expand(build, x, size), expand(build, ids, size)]
    const shape = build.info(bins).shape
    const rest = build.info(values).shape.slice(shape.length)
    const count = sizeOf(shape.slice(1))
    const number = (value: number): Id => build.constant(Int32Array.of(value), [])
    const inRange = build.add("LogicalAnd", [
      build.add("GreaterEqual", [bins, number(0)]),
      build.add("Less", [bins, number(segments)])
    ])
    const offsets = build.constant(
      Int32Array.from({ length: size }, (_, i) => i * segments),
      [size, ...shape.slice(1).map(() => 1)]
    )
    const dropped = build.constant(new Int32Array(size * count).fill(-1), shape)
    const own = build.add("Select", [inRange, build.add("Add", [bins, offsets]), dropped])
    const flatBins = build.add("Reshape", [own], { shape: [size * count] })
    const flat = build.add("Reshape", [values], { shape: [size * count, ...rest] })
    const summed = build.add("UnsortedSegmentSum", [flat, flatBins], { numSegments: size * segments })
    return build.add("Reshape", [summed], { shape: [size, segments, ...rest] })
  }
}

export const indexing: Rows = { GatherV2: gather, UnsortedSegmentSum: segmentSum }
