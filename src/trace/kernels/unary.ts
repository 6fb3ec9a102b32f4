import { anything, type Interval, interval, point } from "../../tensor/Interval.ts"
import type { DType, Node } from "../Graph.ts"
import {
  both,
  clip,
  cosine,
  hull,
  increasing,
  isWithoutPoleOfTan,
  larger,
  magnitude,
  multiply,
  reciprocal,
  sine,
  subtract,
  tangent
} from "../ranges/arithmetic.ts"
import { endPole, kinked, pole, smooth } from "./continuityRules.ts"
import { type ContinuityRule, first, type Info, type KernelRow, type RangeRule, type Rows } from "./KernelRow.ts"
import { signed } from "./monotone.ts"

type Dtype = (input: Info, attrs: Node["attrs"]) => DType

/** The range rule of a function of one number. */
export const of =
  (f: (x: Interval) => Interval): RangeRule =>
  ([x = anything]) =>
    f(x)

export const unary = (continuity: ContinuityRule, dtype: Dtype, range: RangeRule): KernelRow => ({
  continuity,
  range,
  inputs: ["x"],
  infer: (inputs, attrs) => ({ shape: first(inputs).shape, dtype: dtype(first(inputs), attrs) }),
  vectorise: (build, node, lanes) => build.add(node.kernel, [first(lanes).id], node.attrs)
})

export const same = (input: Info): DType => input.dtype
export const float = (): DType => "float32"

const infinity = Number.POSITIVE_INFINITY
const line = interval(-infinity, infinity)
const fromZero = interval(0, infinity)
const unit = interval(-1, 1)

/** A row with the words for the points that the ranges of its inputs should exclude. */
export const withDoubt = (doubt: string, row: KernelRow): KernelRow => ({ ...row, doubt })
const mayBeZero = "its input may be 0"

/** Smooth increasing functions of one number that are defined for all real numbers. Their values run from one bound of their image to the other. */
const entire: Readonly<Record<string, readonly [f: (x: number) => number, image: Interval]>> = {
  Exp: [Math.exp, fromZero],
  Expm1: [Math.expm1, interval(-1, infinity)],
  Sigmoid: [(x) => 1 / (1 + Math.exp(-x)), interval(0, 1)],
  Tanh: [Math.tanh, unit],
  Softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), fromZero],
  Atan: [Math.atan, interval(-Math.PI / 2, Math.PI / 2)],
  Sinh: [Math.sinh, line],
  Asinh: [Math.asinh, line]
}

const root = increasing(Math.sqrt, fromZero, fromZero)

const smoothFunctions: Rows = {
  ...Object.fromEntries(
    Object.entries(entire).map(([name, [f, image]]) => [name, unary(smooth, float, of(increasing(f, line, image)))])
  ),
  Log: withDoubt(mayBeZero, unary(endPole({ least: 0 }), float, of(increasing(Math.log, fromZero, line)))),
  Log1p: withDoubt(
    "its input may be −1",
    unary(endPole({ least: -1 }), float, of(increasing(Math.log1p, interval(-1, infinity), line)))
  ),
  Sqrt: unary(smooth, float, of(root)),
  Rsqrt: withDoubt(
    mayBeZero,
    unary(
      endPole({ least: 0 }),
      float,
      of((x) => reciprocal(root(x)))
    )
  ),
  Reciprocal: withDoubt(mayBeZero, unary(pole(0), float, of(reciprocal))),
  Sin: unary(smooth, float, of(sine)),
  Cos: unary(smooth, float, of(cosine)),
  Tan: withDoubt(
    "its input may be an odd multiple of π/2",
    unary(
      ([x = anything], [moves]) => (moves === true && !isWithoutPoleOfTan(x) ? "mayJump" : "smooth"),
      float,
      of(tangent)
    )
  ),
  Asin: unary(smooth, float, of(increasing(Math.asin, unit, line))),
  Acos: unary(
    smooth,
    float,
    of((x) => subtract(point(Math.PI / 2), increasing(Math.asin, unit, line)(x)))
  ),
  Cosh: unary(
    smooth,
    float,
    of((x) => increasing(Math.cosh, fromZero, interval(1, infinity))(magnitude(x)))
  ),
  Acosh: unary(smooth, float, of(increasing(Math.acosh, interval(1, infinity), fromZero))),
  Atanh: withDoubt(
    "its input may be −1 or 1",
    unary(endPole({ least: -1, greatest: 1 }), float, of(increasing(Math.atanh, unit, line)))
  ),
  // erf increases with x through 0; its range here uses no more than this
  Erf: unary(smooth, float, of(signed(unit)))
}

/** The range of a function that is x for x ≥ 0 and slope·x for x < 0. */
export const slopeBelow0 = (slope: Interval, x: Interval): Interval => {
  const [above, below] = [both(x, fromZero), both(x, interval(-infinity, 0))]
  if (x.low >= 0) return x
  const lower = multiply(slope, below)
  return x.high <= 0 ? lower : hull(lower, above)
}

const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

const kinkedFunctions: Rows = {
  Abs: unary(kinked, same, of(magnitude)),
  Relu: unary(
    kinked,
    same,
    of((x) => larger(x, point(0)))
  ),
  Relu6: unary(
    kinked,
    same,
    of((x) => clip(x, 0, 6))
  ),
  Elu: unary(kinked, same, of(increasing((x) => (x < 0 ? Math.expm1(x) : x), line, interval(-1, infinity)))),
  Selu: unary(kinked, same, of(increasing((x) => seluScale * (x < 0 ? seluAlpha * Math.expm1(x) : x), line, line))),
  ClipByValue: unary(kinked, same, ([x = anything], { attrs }) =>
    clip(x, Number(attrs["clipValueMin"]), Number(attrs["clipValueMax"]))
  ),
  LeakyRelu: unary(kinked, float, ([x = anything], { attrs }) => slopeBelow0(point(Number(attrs["alpha"])), x))
}

/** Functions of one number. */
export const functions: Rows = { ...smoothFunctions, ...kinkedFunctions }
