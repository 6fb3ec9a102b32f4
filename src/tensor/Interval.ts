/**
 * The range of a real number: between `low` and `high`, which may be infinite. An open bound is never reached. A closed bound at infinity means that
 * the value itself may be infinite. If `nan` is set, the value may also be NaN.
 *
 * Intervals are about real numbers, not about float32: eˣ is above 0 for each x, although float32 rounds e⁻¹²⁰ to 0.
 */
export interface Interval {
  readonly low: number
  readonly high: number
  readonly lowOpen: boolean
  readonly highOpen: boolean
  readonly nan: boolean
}

/** @param bounds the bounds that belong to the interval, in the usual notation: `"[)"` contains `low` only */
export const interval = (low: number, high: number, bounds: "[]" | "[)" | "(]" | "()" = "[]"): Interval => ({
  low,
  high,
  lowOpen: bounds[0] === "(",
  highOpen: bounds[1] === ")",
  nan: false
})

const { POSITIVE_INFINITY: infinity } = Number

export const point = (x: number): Interval => (Number.isNaN(x) ? anything : interval(x, x))

/** Every value of a tensor, NaN and infinities included: the interval of an unknown value. */
export const anything: Interval = { ...interval(-infinity, infinity), nan: true }
/** Every finite number. */
export const reals = interval(-infinity, infinity, "()")
export const positives = interval(0, infinity, "()")
export const nonNegatives = interval(0, infinity, "[)")

/** Whether the interval contains a number. */
export const includes = ({ low, high, lowOpen, highOpen }: Interval, x: number): boolean =>
  (lowOpen ? x > low : x >= low) && (highOpen ? x < high : x <= high)

/** The only number of the interval, or `undefined` if there are several. */
export const pointOf = ({ low, high, nan }: Interval): number | undefined => (low === high && !nan ? low : undefined)

/** Whether `outer` contains every value of `inner`. */
export const covers = (outer: Interval, inner: Interval): boolean =>
  (inner.low > outer.low || (inner.low === outer.low && (inner.lowOpen || !outer.lowOpen))) &&
  (inner.high < outer.high || (inner.high === outer.high && (inner.highOpen || !outer.highOpen))) &&
  (outer.nan || !inner.nan)

/** Whether every value of `a` is below every value of `b`. */
export const isBelow = (a: Interval, b: Interval): boolean =>
  !a.nan && !b.nan && (a.high < b.low || (a.high === b.low && (a.highOpen || b.lowOpen)))

/** Whether no value of `a` is above any value of `b`. */
export const isNotAbove = (a: Interval, b: Interval): boolean => !a.nan && !b.nan && a.high <= b.low
