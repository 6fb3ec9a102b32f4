import { ShapeMismatch } from "../../Errors.ts"
import { anything, type Interval, includes, point, pointOf } from "../../tensor/Interval.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { DType, Node } from "../Graph.ts"
import {
  add,
  divide,
  hull,
  larger,
  mayBeInfinite,
  multiply,
  negative,
  power,
  smaller,
  square,
  subtract
} from "../ranges/arithmetic.ts"
import { kinked, pole, smooth } from "./continuityRules.ts"
import {
  type Builder,
  type ContinuityRule,
  expand,
  first,
  type Info,
  type KernelRow,
  type Lane,
  type RangeRule,
  type Rows,
  rows
} from "./KernelRow.ts"
import { cast, castContinuity, comparisons, logic, rounding } from "./stepwise.ts"
import { float, functions, of, same, slopeBelow0, unary, withDoubt } from "./unary.ts"

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
 * The ranks of single values are made equal, so that the new axis is the same for all inputs and the others broadcast as before. `own` is the number
 * of an input's last axes that do not broadcast.
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

const ofTwo =
  (f: (a: Interval, b: Interval) => Interval): RangeRule =>
  ([a = anything, b = anything]) =>
    f(a, b)

const binary = (
  continuity: ContinuityRule,
  dtype: (a: Info) => DType,
  range: RangeRule,
  inputs = ["a", "b"]
): KernelRow => ({
  continuity,
  range,
  inputs,
  infer: ([a, b], _, kernel) => {
    if (a === undefined || b === undefined) throw new RangeError(`${kernel} takes two inputs`)
    return { shape: broadcast(a.shape, b.shape, kernel), dtype: dtype(a) }
  },
  vectorise: vectoriseElementwise
})

const bool = (): DType => "bool"

/** For kernels that do not broadcast: repeats every operand along the new axis. */
const repeated: KernelRow["vectorise"] = (build, node, lanes, size) =>
  build.add(
    node.kernel,
    lanes.map((lane) => expand(build, lane, size)),
    node.attrs
  )

/** tfjs's `Select` needs three operands of one shape. */
const select: KernelRow = {
  // for a fixed condition it is linear in the others; whether they are equal at the point where the condition changes is not known
  continuity: (_, moves) => (moves[0] === true ? "mayJump" : "smooth"),
  doubt: "its condition may change",
  range: ([condition = anything, t = anything, e = anything]) => {
    const known = pointOf(condition)
    return known === undefined ? hull(t, e) : known === 0 ? e : t
  },
  inputs: ["condition", "t", "e"],
  infer: ([, t, e]) => {
    if (t === undefined || e === undefined) throw new RangeError("Select takes three inputs")
    return { shape: t.shape, dtype: widest(t.dtype, e.dtype) }
  },
  vectorise: repeated
}

/** The wider of two types, as in tfjs: `bool`, `int32`, `float32`. */
const widest = (a: DType, b: DType): DType => (order.indexOf(a) > order.indexOf(b) ? a : b)
const order: ReadonlyArray<DType> = ["bool", "int32", "float32"]

const infinity = Number.POSITIVE_INFINITY

/** A weighted sum of finite values, with weights ≥ 0 that are not known yet. */
const summed = (x: Interval): Interval => {
  const from = x.low >= 0 ? 0 : -infinity
  const to = x.high <= 0 ? 0 : infinity
  const reach = mayBeInfinite(x)
  return { low: from, high: to, lowOpen: from < 0 && !reach, highOpen: to > 0 && !reach, nan: x.nan || reach }
}

/** atan2(y, x) jumps by 2π when y changes its sign while x is negative. */
const angleContinuity: ContinuityRule = ([y = anything, x = anything], [yMoves, xMoves]) => {
  if (x.low > 0 || (x.low === 0 && x.lowOpen) || !includes(y, 0)) return "smooth"
  const crosses = yMoves === true && y.low < 0 && y.high > 0
  if (crosses && x.high < 0) return "jumps"
  // y does not change its sign, and (0, 0) is excluded
  if (!crosses && !includes(x, 0) && (xMoves !== true || x.high < 0)) return "smooth"
  return "mayJump"
}

const angleRange = (y: Interval, x: Interval): Interval => {
  const nan = x.nan || y.nan
  const half = x.low >= 0 ? Math.PI / 2 : Math.PI
  const open = x.low > 0 || (x.low === 0 && x.lowOpen)
  const from = y.low >= 0 ? 0 : -half
  const to = y.high <= 0 && !(includes(y, 0) && x.low < 0) ? 0 : half
  const reach = mayBeInfinite(x) || mayBeInfinite(y)
  return {
    low: from,
    high: to,
    lowOpen: !reach && from < 0 && open,
    highOpen: !reach && to > 0 && open,
    nan
  }
}

/** A power of 0 is 0, 1 or infinite, depending on the sign of the exponent. */
const powerContinuity: ContinuityRule = ([x = anything, p = anything], [, exponentMoves]) => {
  if (!includes(x, 0)) return "smooth"
  if (p.low > 0 || (p.low === 0 && p.lowOpen)) return "smooth"
  return p.low >= 0 && exponentMoves !== true ? "smooth" : "mayJump"
}

/** The first two axes in the other order. */
const swapped = (build: Builder, id: number): number => {
  const rank = build.info(id).shape.length
  return build.add("Transpose", [id], { perm: [1, 0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2)] })
}

const isOneNode = ({ inputs: [a, b] }: Node): boolean => a === b

export const elementwise: Rows = {
  ...functions,
  ...rounding(unary, same),
  ...logic(unary, binary, bool),
  ...comparisons(binary, bool),
  Neg: unary(smooth, same, of(negative)),
  Square: unary(smooth, same, of(square)),
  ...rows(
    ["StopGradient", "Sample", "MeanOver", "LogMeanExpOver", "OthersMeanOver"],
    unary(
      smooth,
      same,
      of((x) => x)
    )
  ),
  SumOver: unary(smooth, same, of(summed)),
  Along: {
    ...unary(
      smooth,
      same,
      of((x) => x)
    ),
    infer: (inputs) => ({ shape: first(inputs).shape.slice(1), dtype: first(inputs).dtype }),
    vectorise: (build, node, lanes) => build.add("Along", [swapped(build, first(lanes).id)], node.attrs)
  },
  Across: {
    ...unary(
      smooth,
      same,
      of((x) => x)
    ),
    infer: (inputs, attrs) => ({
      shape: [Number(attrs["size"]), ...first(inputs).shape],
      dtype: first(inputs).dtype
    }),
    vectorise: (build, node, lanes) => swapped(build, build.add("Across", [first(lanes).id], node.attrs))
  },
  Cast: {
    ...unary(castContinuity, (_, attrs) => attrs["dtype"] as DType, cast),
    infer: (inputs, attrs) => ({ shape: first(inputs).shape, dtype: attrs["dtype"] as DType })
  },
  Add: binary(smooth, same, ofTwo(add)),
  Sub: binary(smooth, same, ([a = anything, b = anything], node) =>
    isOneNode(node) && !a.nan && !mayBeInfinite(a) ? point(0) : subtract(a, b)
  ),
  Multiply: binary(smooth, same, ([a = anything, b = anything], node) =>
    isOneNode(node) ? square(a) : multiply(a, b)
  ),
  SquaredDifference: binary(
    smooth,
    same,
    ofTwo((a, b) => square(subtract(a, b)))
  ),
  Pow: withDoubt("its base may be 0 where its exponent is not above 0", binary(powerContinuity, same, ofTwo(power))),
  RealDiv: withDoubt("its denominator may be 0", binary(pole(0, [1]), float, ofTwo(divide))),
  Atan2: withDoubt(
    "its inputs may cross the half line on which it jumps by 2π",
    binary(angleContinuity, float, ofTwo(angleRange))
  ),
  Maximum: binary(kinked, same, ofTwo(larger)),
  Minimum: binary(kinked, same, ofTwo(smaller)),
  Prelu: binary(
    kinked,
    float,
    ofTwo((x, alpha) => slopeBelow0(alpha, x)),
    ["x", "alpha"]
  ),
  EluGrad: {
    ...binary(
      kinked,
      float,
      ofTwo((dy, y) => hull(dy, multiply(dy, add(y, point(1))))),
      ["dy", "y"]
    ),
    vectorise: repeated
  },
  Select: select
}
