import type { Shape } from "../../../tensor/Tensor.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import { axesAttr, axisAttr, flagAttr, numberAttr } from "../../attrs.ts"
import {
  as,
  type Call,
  folding,
  padded,
  pair,
  placed,
  type Rule,
  type Rules,
  reshaped,
  result,
  slicedAlong
} from "../rule.ts"
import { type Element, listText, type Value } from "../types.ts"
import type { Writer } from "../writer.ts"

/** Kernels that reduce or scan axes. */
export const reduction: Rules = {
  Sum: reduce("add"),
  Mean: (call) => {
    const total = reduce("add", () => "f32")({ ...call, node: { ...call.node, dtype: "float32" } })
    const count = sizeOf(call.operand("x").shape) / Math.max(1, sizeOf(call.node.shape))
    return result(call, pair(call.to, "divide", total, call.to.filled("f32", total.shape, count)))
  },
  Max: reduce("maximum", numeric, "reductionIndices"),
  Min: reduce("minimum"),
  Prod: reduce("multiply"),
  All: reduce("and", () => "i1"),
  Any: reduce("or", () => "i1"),
  ArgMax: search("GT"),
  ArgMin: search("LT"),
  Cumsum: scan("add", 0),
  Cumprod: scan("multiply", 1),
  Softmax: (call) => normalized(call, "dim", ({ to, powers, totals }) => pair(to, "divide", powers, totals)),
  LogSoftmax: (call) =>
    normalized(call, "axis", ({ to, shifted, totals }) =>
      pair(to, "subtract", shifted, to.op("stablehlo.log", [totals], totals))
    )
}

/** The initial value of each reducing op. */
const neutral: Readonly<Record<string, (element: Element) => number>> = {
  add: () => 0,
  multiply: () => 1,
  maximum: (element) => (element === "f32" ? -Infinity : -(2 ** 31)),
  minimum: (element) => (element === "f32" ? Infinity : 2 ** 31 - 1),
  and: () => 1,
  or: () => 0
}

export function folded(to: Writer, op: string, x: Value, axes: ReadonlyArray<number>): Value {
  if (axes.length === 0) return x
  const { element } = x
  const start = to.filled(element, [], neutral[op]?.(element) ?? 0)
  const shape = x.shape.filter((_, axis) => !axes.includes(axis))
  return to.op(
    "stablehlo.reduce",
    [x, start],
    { shape, element },
    `dimensions = ${listText(axes)}`,
    folding(op, element)
  )
}

function reduce(op: string, computedIn: (element: Element) => Element = numeric, attribute = "axis"): Rule {
  return (call) => {
    const x = call.operand("x")
    const value = folded(
      call.to,
      op,
      as(call.to, x, computedIn(x.element)),
      sorted(axesAttr(call.node, attribute, x.shape))
    )
    return result(call, reshaped(call.to, value, call.node.shape))
  }
}

const sorted = (axes: ReadonlyArray<number>): ReadonlyArray<number> => [...new Set(axes)].sort((a, b) => a - b)

function numeric(element: Element): Element {
  return element === "i1" ? "i32" : element
}

/** The index of the largest or smallest number, the first of several equal ones; NaN has priority over all numbers. */
function search(better: "GT" | "LT"): Rule {
  return (call) => {
    const { to, node } = call
    const operand = call.operand("x")
    const x = as(to, operand, numeric(operand.element))
    const axis = axesAttr(node, "axis", x.shape)[0] ?? 0
    const places = to.op("stablehlo.iota", [], { shape: x.shape, element: "i32" }, `iota_dimension = ${axis} : i64`)
    const worst = to.filled(x.element, [], neutral[better === "GT" ? "maximum" : "minimum"]?.(x.element) ?? 0)
    const shape = x.shape.filter((_, each) => each !== axis)
    const found = to.second(
      "stablehlo.reduce",
      [x, places, worst, to.filled("i32", [], 0)],
      [
        { shape, element: x.element },
        { shape, element: "i32" }
      ],
      `dimensions = ${listText([axis])}`,
      choosing(better, x.element)
    )
    return result(call, found)
  }
}

const choosing = (better: string, element: Element): ReadonlyArray<string> => {
  const [x, i, b] = [`tensor<${element}>`, "tensor<i32>", "tensor<i1>"]
  const compare = (name: string, direction: string, [a, c]: readonly [string, string], type: string): string =>
    `${name} = "stablehlo.compare"(${a}, ${c}) <{comparison_direction = #stablehlo<comparison_direction ${direction}>}> : (${type}, ${type}) -> ${b}`
  const logic = (name: string, op: string, a: string, c: string): string =>
    `${name} = "stablehlo.${op}"(${a}, ${c}) : (${b}, ${b}) -> ${b}`
  return [
    `^bb0(%a: ${x}, %i: ${i}, %b: ${x}, %j: ${i}):`,
    compare("%better", better, ["%a", "%b"], x),
    compare("%nan", "NE", ["%a", "%a"], x),
    logic("%left", "or", "%better", "%nan"),
    compare("%equal", "EQ", ["%a", "%b"], x),
    compare("%before", "LT", ["%i", "%j"], i),
    logic("%first", "and", "%equal", "%before"),
    logic("%own", "or", "%left", "%first"),
    `%x = "stablehlo.select"(%left, %a, %b) : (${b}, ${x}, ${x}) -> ${x}`,
    `%k = "stablehlo.select"(%own, %i, %j) : (${b}, ${i}, ${i}) -> ${i}`,
    `"stablehlo.return"(%x, %k) : (${x}, ${i}) -> ()`
  ]
}

/** Each round combines every value with the one `by` positions before, by = 1, 2, 4, … */
function scan(op: string, neutralNumber: number): Rule {
  return (call) => {
    const { node, to } = call
    const operand = call.operand("x")
    const axis = axisAttr(node, "axis", operand.shape.length, 0)
    const length = operand.shape[axis] ?? 1
    const reverse = flagAttr(node, "reverse")
    const shifted = (value: Value, by: number): Value => {
      const pairs = value.shape.map((_, i): readonly [number, number] => {
        if (i !== axis) return [0, 0]
        return reverse ? [0, by] : [by, 0]
      })
      const start = reverse ? by : 0
      return slicedAlong(to, padded(to, value, pairs, neutralNumber), axis, start, start + length)
    }
    let value = as(to, operand, numeric(operand.element))
    for (let by = 1; by < length; by *= 2) value = pair(to, op, value, shifted(value, by))
    return result(call, flagAttr(node, "exclusive") ? shifted(value, 1) : value)
  }
}

interface Normalizing {
  readonly to: Writer
  /** the numbers less their maximum */
  readonly shifted: Value
  readonly powers: Value
  readonly totals: Value
}

function normalized(call: Call, attribute: string, finish: (parts: Normalizing) => Value): Value {
  const { to, node } = call
  const logits = as(to, call.operand("logits"), "f32")
  const given = numberAttr(node, attribute, -1)
  const axis = given < 0 ? given + logits.shape.length : given
  const rest = logits.shape.flatMap((_, i) => (i === axis ? [] : [i]))
  const over = (op: string, x: Value): Value => placed(to, folded(to, op, x, [axis]), logits.shape as Shape, rest)
  const shifted = pair(to, "subtract", logits, over("maximum", logits))
  const powers = to.op("stablehlo.exponential", [shifted], shifted)
  return result(call, finish({ to, shifted, powers, totals: over("add", powers) }))
}
