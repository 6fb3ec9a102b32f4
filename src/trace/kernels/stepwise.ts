import {
  anything,
  type Interval,
  includes,
  interval,
  isBelow,
  isNotAbove,
  point,
  pointOf
} from "../../tensor/Interval.ts"
import type { DType } from "../Graph.ts"
import { divide, hull, mayBeInfinite, multiply, negative, orNan, rising, subtract } from "../ranges/arithmetic.ts"
import { jumps, smooth } from "./continuityRules.ts"
import type { ContinuityRule, Info, KernelRow, RangeRule, Rows } from "./KernelRow.ts"

/** Kernels that jump, unless the ranges of their inputs allow only one value. */

type Unary = (
  continuity: ContinuityRule,
  dtype: (input: Info, attrs: Readonly<Record<string, unknown>>) => DType,
  range: RangeRule
) => KernelRow
type Binary = (continuity: ContinuityRule, dtype: (a: Info) => DType, range: RangeRule) => KernelRow

const truth = interval(0, 1)
const always = point(1)
const never = point(0)

/** The greatest whole number not above x: a whole bound that is open is not reached. */
const floor = (x: Interval): Interval => {
  const down = rising(Math.floor)(x)
  return x.highOpen && Number.isInteger(x.high) && x.high > x.low
    ? { ...down, high: x.high - 1, highOpen: false }
    : down
}

const ceil = (x: Interval): Interval => negative(floor(negative(x)))

/** To the nearest whole number; of two equally near ones, to the even one. */
const toEven = (x: number): number => {
  const nearest = Math.round(x)
  return Math.abs(x - Math.trunc(x)) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest
}

const sign = (x: Interval): Interval => orNan(rising(Math.sign)(x.nan ? hull(x, never) : x), x.nan)

/** 1 above 0, and `alpha` elsewhere. */
const step: RangeRule = ([x = anything], { attrs }) => {
  const below = point(Number(attrs["alpha"] ?? 0))
  const result = isBelow(never, { ...x, nan: false }) ? always : x.high <= 0 ? below : hull(below, always)
  return orNan(result, x.nan)
}

/** `rising` ignores that a bound is open, except for the sign of a number whose range has the open bound 0. */
const signOf = (x: Interval): Interval => {
  if (x.nan) return sign(x)
  return isBelow(never, x) ? always : isBelow(x, never) ? point(-1) : sign(x)
}

const quotient: RangeRule = ([a = anything, b = anything]) => floor(divide(a, b))

/** The remainder has the sign of the divisor. */
const remainder: RangeRule = ([a = anything, b = anything]) => {
  const whole = pointOf(floor(divide(a, b)))
  if (whole !== undefined) return subtract(a, multiply(point(whole), b))
  if (includes(b, 0) || b.nan || mayBeInfinite(b) || mayBeInfinite(a) || a.nan) return anything
  return hull(never, { ...b, lowOpen: true, highOpen: true })
}

/** The quotient is constant between two multiples of the divisor, and there the result is smooth in both inputs. */
const betweenMultiples: ContinuityRule = ([a = anything, b = anything]) =>
  pointOf(floor(divide(a, b))) === undefined ? "jumps" : "smooth"

export const rounding = (unary: Unary, same: (input: Info) => DType): Rows => ({
  Floor: unary(jumps, same, ([x = anything]) => floor(x)),
  Ceil: unary(jumps, same, ([x = anything]) => ceil(x)),
  Round: unary(jumps, same, ([x = anything]) => rising(toEven)(x)),
  Sign: unary(jumps, same, ([x = anything]) => signOf(x)),
  Step: unary(jumps, same, step)
})

/** The result of a comparison, if the ranges decide it. */
const test = (yes: boolean, no: boolean): Interval => (yes ? always : no ? never : truth)

const comparison: Readonly<Record<string, (a: Interval, b: Interval) => Interval>> = {
  Greater: (a, b) => test(isBelow(b, a), isNotAbove(a, b)),
  GreaterEqual: (a, b) => test(isNotAbove(b, a), isBelow(a, b)),
  Less: (a, b) => test(isBelow(a, b), isNotAbove(b, a)),
  LessEqual: (a, b) => test(isNotAbove(a, b), isBelow(b, a)),
  Equal: (a, b) => test(isOnePoint(a, b), isBelow(a, b) || isBelow(b, a)),
  NotEqual: (a, b) => test(isBelow(a, b) || isBelow(b, a), isOnePoint(a, b))
}

const isOnePoint = (a: Interval, b: Interval): boolean => pointOf(a) !== undefined && pointOf(a) === pointOf(b)

export const comparisons = (binary: Binary, bool: () => DType): Rows => ({
  ...Object.fromEntries(
    Object.entries(comparison).map(([name, f]) => [
      name,
      binary(jumps, bool, ([a = anything, b = anything]) => f(a, b))
    ])
  ),
  FloorDiv: binary(jumps, () => "int32", quotient),
  Mod: binary(betweenMultiples, ({ dtype }) => dtype, remainder)
})

const isTrue = (x: Interval): boolean => !x.nan && !includes(x, 0)
const isFalse = (x: Interval): boolean => pointOf(x) === 0
const isFinite = (x: Interval): boolean => !x.nan && !mayBeInfinite(x)

export const logic = (unary: Unary, binary: Binary, bool: () => DType): Rows => ({
  LogicalNot: unary(jumps, bool, ([x = anything]) => test(isFalse(x), isTrue(x))),
  LogicalAnd: binary(jumps, bool, ([a = anything, b = anything]) =>
    test(isTrue(a) && isTrue(b), isFalse(a) || isFalse(b))
  ),
  LogicalOr: binary(jumps, bool, ([a = anything, b = anything]) =>
    test(isTrue(a) || isTrue(b), isFalse(a) && isFalse(b))
  ),
  IsNan: unary(jumps, bool, ([x = anything]) => test(false, !x.nan)),
  IsInf: unary(jumps, bool, ([x = anything]) => test(false, !mayBeInfinite(x))),
  IsFinite: unary(jumps, bool, ([x = anything]) => test(isFinite(x), false))
})

/** A cast to integers rounds towards 0; a cast to booleans tests for numbers other than 0. NaN becomes 0. */
export const cast: RangeRule = ([x = anything], { dtype }) => {
  if (dtype === "float32") return x
  const number = x.nan ? hull({ ...x, nan: false }, never) : x
  if (dtype === "bool") return test(isTrue(number), isFalse(number))
  return { ...rising(Math.trunc)(number), nan: x.nan }
}

export const castContinuity: ContinuityRule = (inputs, moves, node) =>
  node.dtype === "float32" ? smooth(inputs, moves, node) : "jumps"
