import { type Shape, sameShape } from "../../tensor/Tensor.ts"
import type { Node } from "../../trace/Graph.ts"
import type { Precision } from "../precision.ts"
import { type Element, elementOf, listText, type Value } from "./types.ts"
import type { Writer } from "./writer.ts"

/** One kernel call to be written in StableHLO. */
export interface Call {
  readonly node: Node
  /** all operands, in order */
  readonly operands: ReadonlyArray<Value>
  /** the operand of this name in tfjs */
  readonly operand: (name: string) => Value
  readonly to: Writer
  /** the precision of matrix products */
  readonly precision: Precision
}

/** The rule of a kernel: it writes StableHLO ops and returns a value of the node's shape. `result` corrects its element type. */
export type Rule = (call: Call) => Value

export type Rules = Readonly<Record<string, Rule>>

/** The value converted to another element type. Floats become integers by truncation, as in tfjs. */
export const as = (to: Writer, value: Value, element: Element): Value =>
  value.element === element ? value : to.op("stablehlo.convert", [value], { shape: value.shape, element })

/** The value broadcast to a larger shape by NumPy's rule. */
export const spread = (to: Writer, value: Value, shape: Shape): Value => {
  if (sameShape(value.shape, shape)) return value
  const skipped = shape.length - value.shape.length
  return placed(
    to,
    value,
    shape,
    value.shape.map((_, axis) => axis + skipped)
  )
}

/** The value broadcast to a larger shape, in which its axes have the given positions. */
export const placed = (to: Writer, value: Value, shape: Shape, axes: ReadonlyArray<number>): Value =>
  to.op(
    "stablehlo.broadcast_in_dim",
    [value],
    { shape, element: value.element },
    `broadcast_dimensions = ${listText(axes)}`
  )

export const reshaped = (to: Writer, value: Value, shape: Shape): Value =>
  sameShape(value.shape, shape) ? value : to.op("stablehlo.reshape", [value], { shape, element: value.element })

export const transposed = (to: Writer, value: Value, order: ReadonlyArray<number>): Value =>
  order.every((axis, i) => axis === i)
    ? value
    : to.op(
        "stablehlo.transpose",
        [value],
        { shape: order.map((axis) => value.shape[axis] ?? 1), element: value.element },
        `permutation = ${listText(order)}`
      )

/** The slice of a value from `begin` to before `end`, with strides. */
export const sliced = (
  to: Writer,
  value: Value,
  begin: ReadonlyArray<number>,
  end: ReadonlyArray<number>,
  steps: ReadonlyArray<number> = begin.map(() => 1)
): Value =>
  to.op(
    "stablehlo.slice",
    [value],
    {
      shape: begin.map((start, axis) => Math.max(0, Math.ceil(((end[axis] ?? start) - start) / (steps[axis] ?? 1)))),
      element: value.element
    },
    `start_indices = ${listText(begin)}, limit_indices = ${listText(end)}, strides = ${listText(steps)}`
  )

/** The slice of a value along one axis. */
export const slicedAlong = (to: Writer, value: Value, axis: number, begin: number, end: number): Value =>
  sliced(
    to,
    value,
    value.shape.map((_, i) => (i === axis ? begin : 0)),
    value.shape.map((n, i) => (i === axis ? end : n))
  )

export const padded = (
  to: Writer,
  value: Value,
  pairs: ReadonlyArray<readonly [number, number]>,
  filler: number
): Value =>
  to.op(
    "stablehlo.pad",
    [value, to.filled(value.element, [], filler)],
    {
      shape: value.shape.map((n, axis) => n + (pairs[axis]?.[0] ?? 0) + (pairs[axis]?.[1] ?? 0)),
      element: value.element
    },
    `edge_padding_low = ${listText(pairs.map(([low]) => low))}, edge_padding_high = ${listText(pairs.map(([, high]) => high))}, interior_padding = ${listText(pairs.map(() => 0))}`
  )

export const joined = (to: Writer, parts: ReadonlyArray<Value>, axis: number, shape: Shape): Value => {
  const [first] = parts
  if (first === undefined) throw new RangeError("nothing to join")
  return parts.length === 1
    ? first
    : to.op("stablehlo.concatenate", parts, { shape, element: first.element }, `dimension = ${axis} : i64`)
}

/** The value converted to the node's own element type. */
export const result = (call: Call, value: Value): Value => as(call.to, value, elementOf[call.node.dtype])

/** An op of two values of one shape and type. */
export const pair = (to: Writer, name: string, a: Value, b: Value): Value => to.op(`stablehlo.${name}`, [a, b], a)

/** Compares two values of one shape and type. */
export const compared = (to: Writer, direction: "EQ" | "NE" | "GE" | "GT" | "LE" | "LT", a: Value, b: Value): Value =>
  to.op(
    "stablehlo.compare",
    [a, b],
    { shape: a.shape, element: "i1" },
    `comparison_direction = #stablehlo<comparison_direction ${direction}>`
  )

export const selected = (to: Writer, condition: Value, then: Value, otherwise: Value): Value =>
  to.op("stablehlo.select", [condition, then, otherwise], then)

/** A block that combines two numbers of a type by an op, as reductions and scatters need it. */
export const folding = (op: string, element: Element): ReadonlyArray<string> => [
  `^bb0(%a: tensor<${element}>, %b: tensor<${element}>):`,
  `%c = "stablehlo.${op}"(%a, %b) : (tensor<${element}>, tensor<${element}>) -> tensor<${element}>`,
  `"stablehlo.return"(%c) : (tensor<${element}>) -> ()`
]
