import { anything, type Interval, includes, interval, point, pointOf } from "../../tensor/Interval.ts"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { Attrs, DType, Node } from "../Graph.ts"
import { hull, magnitude, mayBeInfinite, orNan, power, times } from "../ranges/arithmetic.ts"
import { jumps, kinked, smooth } from "./continuityRules.ts"
import {
  axesOf,
  axisOf,
  type Builder,
  type ContinuityRule,
  first,
  type Info,
  type KernelRow,
  type Lane,
  numbersOf,
  type RangeRule,
  type Rows,
  rows
} from "./KernelRow.ts"

/** A reduction over a list of axes, whose attribute has one of two names in tfjs. */
export const reduction = (
  continuity: ContinuityRule,
  dtype: (input: Info) => DType,
  range: RangeRule,
  attr = "axis"
): KernelRow => ({
  continuity,
  range,
  inputs: ["x"],
  attrs: (inputs, attrs) => ({
    ...attrs,
    [attr]: axesOf(attrs[attr], first(inputs).shape.length),
    keepDims: attrs["keepDims"] === true
  }),
  infer: (inputs, attrs) => ({
    shape: reduced(first(inputs).shape, numbersOf(attrs[attr]), attrs),
    dtype: dtype(first(inputs))
  }),
  vectorise: (build, node, lanes) =>
    build.add(node.kernel, [first(lanes).id], {
      ...node.attrs,
      [attr]: numbersOf(node.attrs[attr]).map((axis) => axis + 1)
    })
})

const reduced = (shape: Shape, axes: ReadonlyArray<number>, attrs: Attrs): Shape =>
  attrs["keepDims"] === true
    ? shape.map((n, i) => (axes.includes(i) ? 1 : n))
    : shape.filter((_, i) => !axes.includes(i))

/** A kernel along one axis. */
const along = (
  continuity: ContinuityRule,
  range: RangeRule,
  attr: string,
  input: string,
  infer: (input: Info, axis: number) => Info
): KernelRow => ({
  continuity,
  range,
  inputs: [input],
  attrs: (inputs, attrs) => ({ ...attrs, [attr]: axisOf(attrs[attr], first(inputs).shape.length) }),
  infer: (inputs, attrs) => infer(first(inputs), Number(attrs[attr])),
  vectorise: (build: Builder, node: Node, lanes: ReadonlyArray<Lane>) =>
    build.add(node.kernel, [first(lanes).id], { ...node.attrs, [attr]: Number(node.attrs[attr]) + 1 })
})

const same = (input: Info): DType => input.dtype
const summed = ({ shape, dtype }: Info): Info => ({ shape, dtype: dtype === "bool" ? "int32" : dtype })
const without = (input: Info, axis: number): Info => ({
  shape: input.shape.filter((_, i) => i !== axis),
  dtype: "int32"
})

/** The number of values that each result combines. */
export const countOf = (node: Node, [shape = []]: ReadonlyArray<Shape>): number =>
  sizeOf(node.shape) === 0 ? 0 : sizeOf(shape) / sizeOf(node.shape)

/** The range rule of a reduction of `count` numbers that lie in `x`. */
const reducing =
  (f: (x: Interval, count: number) => Interval): RangeRule =>
  ([x = anything], node, shapes) =>
    f(x, countOf(node, shapes))

/** Between the least and the greatest number; a reduction of no numbers may give anything. */
const oneOf = (x: Interval, count: number): Interval => (count > 0 ? x : anything)

const average = (x: Interval, count: number): Interval =>
  oneOf(orNan(x, includes(x, infinity) && includes(x, -infinity)), count)

const multiplied = (x: Interval, count: number): Interval => {
  if (count === 0) return point(1)
  const size = power(magnitude({ ...x, nan: false }), point(count))
  const nan = x.nan || (mayBeInfinite(x) && includes(x, 0) && count > 1)
  return orNan(x.low >= 0 || count === 1 ? (count === 1 ? x : size) : hull(size, mirrored(size)), nan)
}

const mirrored = (x: Interval): Interval => ({
  low: -x.high,
  high: -x.low,
  lowOpen: x.highOpen,
  highOpen: x.lowOpen,
  nan: x.nan
})

/** The first few along an axis: from one (from none, if the element itself is excluded) up to all. */
const runs =
  (attr: string, f: (x: Interval, count: number) => Interval): RangeRule =>
  ([x = anything], { attrs }, [shape = []]) => {
    const length = shape[Number(attrs[attr])] ?? 1
    const counts = Array.from({ length }, (_, i) => (attrs["exclusive"] === true ? i : i + 1))
    const [one, ...more] = length > longest ? [counts[0], 2, 3, counts.at(-2), counts.at(-1)] : counts
    return hull(f(x, one ?? 0), ...more.map((count) => f(x, count ?? 0)))
  }

/** The powers of a range grow or shrink from the second on, so for many of them the first and the last few suffice. */
const longest = 8

const infinity = Number.POSITIVE_INFINITY

const softmax: RangeRule = ([x = anything], { attrs }, [shape = []]) => {
  const reach = mayBeInfinite(x)
  if ((shape[Number(attrs["dim"])] ?? 1) === 1) return orNan(point(1), x.nan || reach)
  return orNan(reach ? interval(0, 1) : interval(0, 1, "()"), x.nan || reach)
}

const place: RangeRule = (_, { attrs }, [shape = []]) => {
  const length = shape[Number(attrs["axis"])] ?? 1
  return interval(0, length - 1)
}

/** Whether all, or any, of the numbers differ from 0. */
const all: RangeRule = reducing((x) => (pointOf(x) === undefined ? interval(0, 1) : x))

export const reductions: Rows = {
  Sum: reduction(smooth, (input) => summed(input).dtype, reducing(times)),
  Prod: reduction(smooth, (input) => summed(input).dtype, reducing(multiplied)),
  Mean: reduction(smooth, () => "float32", reducing(average)),
  Max: reduction(kinked, same, reducing(oneOf), "reductionIndices"),
  Min: reduction(kinked, same, reducing(oneOf)),
  ...rows(
    ["All", "Any"],
    reduction(jumps, () => "bool", all)
  ),
  ...rows(["ArgMax", "ArgMin"], along(jumps, place, "axis", "x", without)),
  Cumsum: along(smooth, runs("axis", times), "axis", "x", summed),
  Cumprod: along(smooth, runs("axis", multiplied), "axis", "x", summed),
  Softmax: along(smooth, softmax, "dim", "logits", (input) => input)
}
