import { ShapeMismatch } from "../../Errors.ts"
import { anything, point } from "../../tensor/Interval.ts"
import { type Shape, sameShape, sizeOf } from "../../tensor/Tensor.ts"
import { hull } from "../ranges/arithmetic.ts"
import { smooth } from "./continuityRules.ts"
import { axesOf, axisOf, expand, first, type KernelRow, numbersOf, type RangeRule, type Rows } from "./KernelRow.ts"

const itself: RangeRule = ([x = anything]) => x
const anyOf: RangeRule = ([x = anything, ...others]) => hull(x, ...others)
const padded: RangeRule = ([x = anything], { attrs }) => hull(x, point(Number(attrs["constantValue"] ?? 0)))

const reshape: KernelRow = {
  continuity: smooth,
  range: itself,
  inputs: ["x"],
  attrs: (inputs, attrs) => {
    const input = first(inputs).shape
    const wanted = numbersOf(attrs["shape"] ?? [])
    const known = wanted.filter((n) => n >= 0)
    const shape = wanted.map((n) => (n < 0 ? sizeOf(input) / sizeOf(known) : n))
    if (sizeOf(shape) !== sizeOf(input))
      throw new ShapeMismatch({ site: undefined, where: "reshape", expected: shape, actual: input })
    return { shape }
  },
  infer: (inputs, attrs) => ({ shape: numbersOf(attrs["shape"]), dtype: first(inputs).dtype }),
  vectorise: (build, node, lanes, size) => build.add("Reshape", [first(lanes).id], { shape: [size, ...node.shape] })
}

const transpose: KernelRow = {
  continuity: smooth,
  range: itself,
  inputs: ["x"],
  infer: (inputs, attrs) => ({
    shape: numbersOf(attrs["perm"]).map((i) => first(inputs).shape[i] ?? 1),
    dtype: first(inputs).dtype
  }),
  vectorise: (build, node, lanes) =>
    build.add("Transpose", [first(lanes).id], { perm: [0, ...numbersOf(node.attrs["perm"]).map((i) => i + 1)] })
}

const slice: KernelRow = {
  continuity: smooth,
  range: itself,
  inputs: ["x"],
  attrs: (inputs, attrs) => {
    const { shape } = first(inputs)
    const given = numbersOf(attrs["begin"])
    const sizes = numbersOf(attrs["size"])
    const begin = shape.map((_, i) => given[i] ?? 0)
    const size = shape.map((n, i) => ((sizes[i] ?? -1) < 0 ? n - (begin[i] ?? 0) : (sizes[i] ?? n)))
    if (shape.some((n, i) => (begin[i] ?? 0) < 0 || (size[i] ?? 0) < 0 || (begin[i] ?? 0) + (size[i] ?? 0) > n))
      throw new ShapeMismatch({
        site: undefined,
        where: "slice",
        expected: shape,
        actual: size,
        advice: `The slice begins at [${begin.join(", ")}] and goes beyond the end.`
      })
    return { begin, size }
  },
  infer: (inputs, attrs) => ({ shape: numbersOf(attrs["size"]), dtype: first(inputs).dtype }),
  vectorise: (build, node, lanes, size) =>
    build.add("Slice", [first(lanes).id], {
      begin: [0, ...numbersOf(node.attrs["begin"])],
      size: [size, ...numbersOf(node.attrs["size"])]
    })
}

const without = (shape: Shape, axis: number): Shape => shape.filter((_, i) => i !== axis)

const concat: KernelRow = {
  continuity: smooth,
  range: anyOf,
  inputs: undefined,
  attrs: (inputs, attrs) => ({ axis: axisOf(attrs["axis"], first(inputs).shape.length) }),
  infer: (inputs, attrs) => {
    const axis = Number(attrs["axis"])
    const { shape } = first(inputs)
    const other = inputs.find((input) => !sameShape(without(input.shape, axis), without(shape, axis)))
    if (other !== undefined)
      throw new ShapeMismatch({
        site: undefined,
        where: "concat",
        expected: shape,
        actual: other.shape,
        advice: `Only the sizes along axis ${axis} may differ.`
      })
    const total = inputs.reduce((sum, input) => sum + (input.shape[axis] ?? 0), 0)
    return { shape: shape.map((n, i) => (i === axis ? total : n)), dtype: first(inputs).dtype }
  },
  vectorise: (build, node, lanes, size) =>
    build.add(
      "Concat",
      lanes.map((lane) => expand(build, lane, size)),
      { axis: Number(node.attrs["axis"]) + 1 }
    )
}

const pairs = (value: unknown): ReadonlyArray<readonly [number, number]> =>
  value as ReadonlyArray<readonly [number, number]>

const pad: KernelRow = {
  continuity: smooth,
  range: padded,
  inputs: ["x"],
  infer: (inputs, attrs) => {
    const padded: Shape = pairs(attrs["paddings"]).map(
      ([before, after], i) => before + (first(inputs).shape[i] ?? 0) + after
    )
    return { shape: padded, dtype: first(inputs).dtype }
  },
  vectorise: (build, node, lanes) =>
    build.add("PadV2", [first(lanes).id], { ...node.attrs, paddings: [[0, 0], ...pairs(node.attrs["paddings"])] })
}

const tile: KernelRow = {
  continuity: smooth,
  range: itself,
  inputs: ["x"],
  infer: (inputs, attrs) => ({
    shape: numbersOf(attrs["reps"]).map((n, i) => n * (first(inputs).shape[i] ?? 1)),
    dtype: first(inputs).dtype
  }),
  vectorise: (build, node, lanes) =>
    build.add("Tile", [first(lanes).id], { reps: [1, ...numbersOf(node.attrs["reps"])] })
}

const reverse: KernelRow = {
  continuity: smooth,
  range: itself,
  inputs: ["x"],
  attrs: (inputs, attrs) => ({
    dims: axesOf(attrs["dims"], first(inputs).shape.length)
  }),
  infer: first,
  vectorise: (build, node, lanes) =>
    build.add("Reverse", [first(lanes).id], { dims: numbersOf(node.attrs["dims"]).map((axis) => axis + 1) })
}

export const shapes: Rows = {
  Reshape: reshape,
  Transpose: transpose,
  Slice: slice,
  Concat: concat,
  PadV2: pad,
  Tile: tile,
  Reverse: reverse
}
