import type { DType } from "../../../trace/Graph.ts"
import { axesAttr, axisAttr, flagAttr, numberAttr } from "../../attrs.ts"
import { as, type Call, cast, type Rule, type Rules, result } from "../rule.ts"
import type { Name, Writer } from "../writer.ts"

/** Kernels that reduce or scan axes. */
export const reduction: Rules = {
  Sum: reduce((to, x, axes, keepdims) => to.op("ReduceSum", [x, to.list(axes)], { keepdims })),
  Mean: reduce(byAttribute("ReduceMean"), () => "float32"),
  Max: reduce(byAttribute("ReduceMax"), numeric, "reductionIndices"),
  Min: reduce(byAttribute("ReduceMin")),
  Prod: reduce(byAttribute("ReduceProd")),
  All: reduce(byAttribute("ReduceMin"), () => "int32"),
  Any: reduce(byAttribute("ReduceMax"), () => "int32"),
  ArgMax: arg("ArgMax"),
  ArgMin: arg("ArgMin"),
  Cumsum: (call) => {
    const x = call.operand("x")
    const axis = call.to.scalar("int32", axisAttr(call.node, "axis", x.shape.length, 0))
    const attributes = { exclusive: flag(call, "exclusive"), reverse: flag(call, "reverse") }
    const dtype = numeric(x.dtype)
    return result(call, call.to.op("CumSum", [as(call.to, x, dtype), axis], attributes), dtype)
  },
  Cumprod: cumprod,
  Softmax: (call) => normalize(call, "Softmax", "dim"),
  LogSoftmax: (call) => normalize(call, "LogSoftmax", "axis")
}

type Fold = (to: Writer, x: Name, axes: ReadonlyArray<number>, keepdims: { readonly int: number }) => Name

function byAttribute(type: string): Fold {
  return (to, x, axes, keepdims) => to.op(type, [x], { axes: { ints: axes }, keepdims })
}

/** A reduction over no axis is the operand itself; ONNX would reduce over all axes. */
function reduce(fold: Fold, computedIn: (dtype: DType) => DType = numeric, attribute = "axis"): Rule {
  return (call) => {
    const x = call.operand("x")
    const axes = axesAttr(call.node, attribute, x.shape)
    const dtype = computedIn(x.dtype)
    const value = as(call.to, x, dtype)
    const folded = axes.length === 0 ? value : fold(call.to, value, axes, flag(call, "keepDims"))
    return result(call, folded, dtype)
  }
}

function numeric(dtype: DType): DType {
  return dtype === "bool" ? "int32" : dtype
}

function flag(call: Call, name: string): { readonly int: number } {
  return { int: flagAttr(call.node, name) ? 1 : 0 }
}

function arg(type: string): Rule {
  return (call) => {
    const x = call.operand("x")
    const axis = axesAttr(call.node, "axis", x.shape)[0] ?? 0
    const attributes = { axis: { int: axis }, keepdims: { int: 0 } }
    return cast(call.to, call.to.op(type, [as(call.to, x, numeric(x.dtype))], attributes), call.node.dtype)
  }
}

function normalize(call: Call, type: string, attribute: string): Name {
  const logits = call.operand("logits")
  const axis = numberAttr(call.node, attribute, -1)
  const value = call.to.op(type, [as(call.to, logits, "float32")], { axis: { int: axis } })
  return result(call, value, "float32")
}

/** ONNX has no cumulative product: each round multiplies by the values `shift` positions before, shift = 1, 2, 4, … */
function cumprod(call: Call): Name {
  const { node, to } = call
  const x = call.operand("x")
  const rank = x.shape.length
  const axis = axisAttr(node, "axis", rank, 0)
  const length = x.shape[axis] ?? 1
  const reverse = flagAttr(node, "reverse")
  const shifted = (value: Name, by: number): Name => {
    const pads = Array.from({ length: 2 * rank }, (_, i) => (i === (reverse ? axis + rank : axis) ? by : 0))
    const padded = to.op("Pad", [value, to.list(pads), to.scalar("float32", 1)])
    const start = reverse ? by : 0
    return to.op("Slice", [padded, to.list([start]), to.list([start + length]), to.list([axis])])
  }
  let product = as(to, x, "float32")
  for (let by = 1; by < length; by *= 2) product = to.op("Mul", [product, shifted(product, by)])
  return result(call, flagAttr(node, "exclusive") ? shifted(product, 1) : product, "float32")
}
