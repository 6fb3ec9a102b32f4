/**
 * Where a real number lies: between `low` and `high`, either of which may be infinite. An open bound is never reached; an infinite bound that is
 * closed says that the value itself may be infinite. Where `nan` is set, the value may also be no number at all.
 *
 * Intervals speak of real numbers, not of float32: eˣ is above 0 for each x, although float32 rounds e⁻¹²⁰ to 0.
 */
export interface Interval {
  readonly low: number
  readonly high: number
  readonly lowOpen: boolean
  readonly highOpen: boolean
  readonly nan: boolean
}

/**
 * @param bounds which bounds belong to the interval, as one writes it on paper
 */
export const interval = (low: number, high: number, bounds: "[]" | "[)" | "(]" | "()" = "[]"): Interval => ({
  low,
  high,
  lowOpen: bounds[0] === "(",
  highOpen: bounds[1] === ")",
  nan: false
})

const { POSITIVE_INFINITY: infinity } = Number

export const point = (x: number): Interval => (Number.isNaN(x) ? anything : interval(x, x))

/** All that a tensor can hold: nothing is known. */
export const anything: Interval = { ...interval(-infinity, infinity), nan: true }
/** Every finite number. */
export const reals = interval(-infinity, infinity, "()")
export const positives = interval(0, infinity, "()")
export const nonNegatives = interval(0, infinity, "[)")

/** Whether a number may be a value. */
export const includes = ({ low, high, lowOpen, highOpen }: Interval, x: number): boolean =>
  (lowOpen ? x > low : x >= low) && (highOpen ? x < high : x <= high)

/** The one number that a value always is. */
export const pointOf = ({ low, high, nan }: Interval): number | undefined => (low === high && !nan ? low : undefined)

/** Whether every value of `inner` is one of `outer`. */
export const covers = (outer: Interval, inner: Interval): boolean =>
  (inner.low > outer.low || (inner.low === outer.low && (inner.lowOpen || !outer.lowOpen))) &&
  (inner.high < outer.high || (inner.high === outer.high && (inner.highOpen || !outer.highOpen))) &&
  (outer.nan || !inner.nan)

/** Whether every value of `a` is below every one of `b`. */
export const isBelow = (a: Interval, b: Interval): boolean =>
  !a.nan && !b.nan && (a.high < b.low || (a.high === b.low && (a.highOpen || b.lowOpen)))

/** Whether no value of `a` is above one of `b`. */
export const isNotAbove = (a: Interval, b: Interval): boolean => !a.nan && !b.nan && a.high <= b.low
