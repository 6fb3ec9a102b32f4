import { ShapeMismatch } from "../../Errors.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { DType, Node } from "../Graph.ts"
import {
  type Builder,
  type Continuity,
  expand,
  first,
  type Info,
  type KernelRow,
  type Lane,
  type Rows,
  rows
} from "./KernelRow.ts"

/** NumPy's broadcasting rule for two shapes. */
export const broadcast = (a: Shape, b: Shape, where: string): Shape => {
  const rank = Math.max(a.length, b.length)
  const at = (shape: Shape, i: number): number => shape[i - rank + shape.length] ?? 1
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [at(a, i), at(b, i)]
    if (m !== n && m !== 1 && n !== 1) throw new ShapeMismatch({ site: undefined, where, expected: a, actual: b })
    return m === 1 ? n : m
  })
}

/**
 * Ranks of single values are made equal, so that the new axis lines up and the others broadcast as before. `own` counts the last axes of an
 * input that take no part in this.
 */
const align = (build: Builder, lanes: ReadonlyArray<Lane>, own: (input: number) => number): ReadonlyArray<number> => {
  const ranks = lanes.map((lane, i) => build.info(lane.id).shape.length - (lane.batched ? 1 : 0) - own(i))
  const rank = Math.max(...ranks)
  return lanes.map((lane, i) => {
    const missing = rank - (ranks[i] ?? rank)
    if (!lane.batched || missing === 0) return lane.id
    const [size = 1, ...event] = build.info(lane.id).shape
    return build.add("Reshape", [lane.id], { shape: [size, ...Array<number>(missing).fill(1), ...event] })
  })
}

export const vectoriseAligned =
  (own: (input: number) => number): KernelRow["vectorise"] =>
  (build, node, lanes, size) => {
    const out = build.add(node.kernel, align(build, lanes, own), node.attrs)
    const rank = build.info(out).shape.length
    return rank === node.shape.length + 1 ? out : expand(build, { id: out, batched: false }, size)
  }

export const vectoriseElementwise = vectoriseAligned(() => 0)

const unary = (continuity: Continuity, dtype: (input: Info, attrs: Node["attrs"]) => DType): KernelRow => ({
  continuity,
  inputs: ["x"],
  infer: (inputs, attrs) => ({ shape: first(inputs).shape, dtype: dtype(first(inputs), attrs) }),
  vectorise: (build, node, lanes) => build.add(node.kernel, [first(lanes).id], node.attrs)
})

const binary = (continuity: Continuity, dtype: (a: Info) => DType, inputs = ["a", "b"]): KernelRow => ({
  continuity,
  inputs,
  infer: ([a, b], _, kernel) => {
    if (a === undefined || b === undefined) throw new RangeError(`${kernel} takes two inputs`)
    return { shape: broadcast(a.shape, b.shape, kernel), dtype: dtype(a) }
  },
  vectorise: vectoriseElementwise
})

const same = (input: Info): DType => input.dtype
const float = (): DType => "float32"
const bool = (): DType => "bool"

/** For kernels that do not broadcast: every operand is repeated along the new axis. */
const repeated: KernelRow["vectorise"] = (build, node, lanes, size) =>
  build.add(
    node.kernel,
    lanes.map((lane) => expand(build, lane, size)),
    node.attrs
  )

/** tfjs's `Select` wants three operands of one shape. */
const select: KernelRow = {
  continuity: "kinked",
  inputs: ["condition", "t", "e"],
  infer: ([, t, e]) => {
    if (t === undefined || e === undefined) throw new RangeError("Select takes three inputs")
    return { shape: t.shape, dtype: widest(t.dtype, e.dtype) }
  },
  vectorise: repeated
}

/** tfjs gives the wider of the two types: `bool`, `int32`, `float32`. */
const widest = (a: DType, b: DType): DType => (order.indexOf(a) > order.indexOf(b) ? a : b)
const order: ReadonlyArray<DType> = ["bool", "int32", "float32"]

const smoothUnary = [
  "Exp",
  "Expm1",
  "Log",
  "Log1p",
  "Sqrt",
  "Rsqrt",
  "Sigmoid",
  "Tanh",
  "Softplus",
  "Sin",
  "Cos",
  "Tan",
  "Asin",
  "Acos",
  "Atan",
  "Sinh",
  "Cosh",
  "Asinh",
  "Acosh",
  "Atanh",
  "Erf",
  "Reciprocal"
]

export const elementwise: Rows = {
  ...rows(smoothUnary, unary("smooth", float)),
  ...rows(["Neg", "Square"], unary("smooth", same)),
  ...rows(["StopGradient", "Sample", "SumOver", "MeanOver", "LogMeanExpOver", "OthersMeanOver"], unary("smooth", same)),
  ...rows(["Abs", "Relu", "Relu6", "Elu", "Selu", "ClipByValue"], unary("kinked", same)),
  LeakyRelu: unary("kinked", float),
  ...rows(["Floor", "Ceil", "Round", "Sign", "Step"], unary("jumps", same)),
  ...rows(["LogicalNot", "IsNan", "IsInf", "IsFinite"], unary("jumps", bool)),
  Cast: {
    ...unary("smooth", (_, attrs) => attrs["dtype"] as DType),
    infer: (inputs, attrs) => ({ shape: first(inputs).shape, dtype: attrs["dtype"] as DType })
  },
  ...rows(["Add", "Sub", "Multiply", "Pow", "SquaredDifference"], binary("smooth", same)),
  ...rows(["RealDiv", "Atan2"], binary("smooth", float)),
  ...rows(["Maximum", "Minimum"], binary("kinked", same)),
  Prelu: binary("kinked", float, ["x", "alpha"]),
  EluGrad: { ...binary("kinked", float, ["dy", "y"]), vectorise: repeated },
  FloorDiv: binary("jumps", () => "int32"),
  Mod: binary("jumps", same),
  ...rows(
    ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr"],
    binary("jumps", bool)
  ),
  Select: select
}
