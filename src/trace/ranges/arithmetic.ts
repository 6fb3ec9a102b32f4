import { anything, type Interval, includes, interval, point, pointOf, positives } from "../../tensor/Interval.ts"

/**
 * Interval arithmetic (R. E. Moore, "Interval Analysis", 1966). Bounds are computed in float64 and widened by its rounding error, except exact ones
 * such as 0.
 */

/** One bound of an interval: its position, and whether it is open (never reached). */
interface Bound {
  readonly at: number
  readonly open: boolean
}

const low = (x: Interval): Bound => ({ at: x.low, open: x.lowOpen })
const high = (x: Interval): Bound => ({ at: x.high, open: x.highOpen })

const between = (from: Bound, to: Bound, nan: boolean): Interval =>
  Number.isNaN(from.at) || Number.isNaN(to.at)
    ? anything
    : { low: from.at, high: to.at, lowOpen: from.open, highOpen: to.open, nan }

const roundings = 4 * Number.EPSILON
/** A bound moved down or up by a few rounding errors; 0 and infinities are exact. */
const down = (x: number): number => (x === 0 || !Number.isFinite(x) ? x : x - Math.abs(x) * roundings)
const up = (x: number): number => -down(-x)

export const orNan = (x: Interval, nan: boolean): Interval => (nan && !x.nan ? { ...x, nan } : x)

const infinity = Number.POSITIVE_INFINITY
/** Whether a value may be ∞, or −∞. */
const reaches = (x: Interval, end: number): boolean => includes(x, end)
export const mayBeInfinite = (x: Interval): boolean => reaches(x, infinity) || reaches(x, -infinity)

/** The smallest interval that contains all of the given ones. */
export const hull = (first: Interval, ...others: ReadonlyArray<Interval>): Interval =>
  others.reduce((a, b) => {
    const from = a.low < b.low || (a.low === b.low && !a.lowOpen) ? low(a) : low(b)
    const to = a.high > b.high || (a.high === b.high && !a.highOpen) ? high(a) : high(b)
    return between(from, to, a.nan || b.nan)
  }, first)

/** The intersection of two intervals. If it is empty, one of them was wrong, and the result is the first. */
export const both = (a: Interval, b: Interval): Interval => {
  const from = a.low > b.low || (a.low === b.low && a.lowOpen) ? low(a) : low(b)
  const to = a.high < b.high || (a.high === b.high && a.highOpen) ? high(a) : high(b)
  const empty = from.at > to.at || (from.at === to.at && (from.open || to.open))
  return empty ? a : between(from, to, a.nan && b.nan)
}

export const negative = (x: Interval): Interval =>
  between({ at: -x.high, open: x.highOpen }, { at: -x.low, open: x.lowOpen }, x.nan)

export const add = (a: Interval, b: Interval): Interval => {
  const sum = (x: Bound, y: Bound, end: number): Bound => {
    const at = x.at + y.at
    if (Number.isFinite(x.at) && Number.isFinite(y.at)) {
      const exact = isExactSum(x.at, y.at)
      return {
        at: exact ? at : end < 0 ? down(at) - tiny(x.at, y.at) : up(at) + tiny(x.at, y.at),
        open: x.open || y.open
      }
    }
    // if one operand is always −∞, the upper bound of the sum is −∞ too, and is reached; similarly for ∞
    return { at, open: at !== -end && !(reaches(a, end) || reaches(b, end)) }
  }
  const opposite = [infinity, -infinity].some((end) => reaches(a, end) && reaches(b, -end))
  return between(sum(low(a), low(b), -infinity), sum(high(a), high(b), infinity), a.nan || b.nan || opposite)
}

const isExactSum = (a: number, b: number): boolean => {
  const sum = a + b
  const part = sum - a
  return a - (sum - part) + (b - part) === 0
}
const tiny = (a: number, b: number): number => Math.max(Math.abs(a), Math.abs(b)) * Number.EPSILON

export const subtract = (a: Interval, b: Interval): Interval => add(a, negative(b))

/** The range of a sum of n values in x. */
export const times = (x: Interval, n: number): Interval =>
  n === 0 ? point(0) : orNan(multiply(x, point(n)), reaches(x, infinity) && reaches(x, -infinity) && n > 1)

export const multiply = (a: Interval, b: Interval): Interval => {
  const products = [low(a), high(a)].flatMap((x) => [low(b), high(b)].map((y) => product(x, y)))
  const lowest = products.reduce((x, y) => (y.at < x.at || (y.at === x.at && !y.open) ? y : x))
  const highest = products.reduce((x, y) => (y.at > x.at || (y.at === x.at && !y.open) ? y : x))
  const undefinedProduct = (includes(a, 0) && mayBeInfinite(b)) || (includes(b, 0) && mayBeInfinite(a))
  return between(
    { at: down(lowest.at), open: lowest.open },
    { at: up(highest.at), open: highest.open },
    a.nan || b.nan || undefinedProduct
  )
}

const product = (x: Bound, y: Bound): Bound => {
  if (x.at === 0 || y.at === 0) return { at: 0, open: !((x.at === 0 && !x.open) || (y.at === 0 && !y.open)) }
  const at = x.at * y.at
  const reached = (!Number.isFinite(x.at) && !x.open) || (!Number.isFinite(y.at) && !y.open)
  return { at, open: Number.isFinite(at) ? x.open || y.open : !reached }
}

/** x·x, where both factors are the same value. */
export const square = (x: Interval): Interval => {
  const size = magnitude(x)
  return orNan(multiply(size, size), x.nan)
}

export const magnitude = (x: Interval): Interval => {
  if (x.low >= 0) return x
  if (x.high <= 0) return negative(x)
  const far = -x.low > x.high ? { at: -x.low, open: x.lowOpen } : high(x)
  const reached = -x.low === x.high ? { at: x.high, open: x.lowOpen && x.highOpen } : far
  return between({ at: 0, open: false }, reached, x.nan)
}

/** 1/x. If x may be 0 the result may be anything, even infinities of both signs: 1/0 and 1/−0 differ. */
export const reciprocal = (x: Interval): Interval => {
  if (includes(x, 0) || (x.low < 0 && x.high > 0)) return anything
  const from = { at: x.high === 0 ? -infinity : down(1 / x.high), open: x.highOpen }
  const to = { at: x.low === 0 ? infinity : up(1 / x.low), open: x.lowOpen }
  return between(from, to, x.nan)
}

export const divide = (a: Interval, b: Interval): Interval => multiply(a, reciprocal(b))

/** The larger of two. */
export const larger = (a: Interval, b: Interval): Interval => {
  const from = a.low === b.low ? { at: a.low, open: a.lowOpen || b.lowOpen } : a.low > b.low ? low(a) : low(b)
  const to = a.high === b.high ? { at: a.high, open: a.highOpen && b.highOpen } : a.high > b.high ? high(a) : high(b)
  return between(from, to, a.nan || b.nan)
}

export const smaller = (a: Interval, b: Interval): Interval => negative(larger(negative(a), negative(b)))

/** x clipped between two numbers. */
export const clip = (x: Interval, from: number, to: number): Interval => smaller(larger(x, point(from)), point(to))

/** f(x) for a strictly increasing f on `domain` with values in `image`. Outside of the domain it is NaN. */
export const increasing =
  (f: (x: number) => number, domain: Interval, image: Interval) =>
  (x: Interval): Interval => {
    if (!overlap(domain, x)) return anything
    const inside = both(x, domain)
    const end = (at: number, widen: (at: number) => number): number =>
      at === image.low || at === image.high ? at : widen(at)
    const [from, to] = [
      { at: end(f(inside.low), down), open: inside.lowOpen },
      { at: end(f(inside.high), up), open: inside.highOpen }
    ]
    return orNan(both(image, between(from, to, false)), x.nan || !covered(domain, x))
  }

const covered = (outer: Interval, x: Interval): boolean =>
  (x.low > outer.low || (x.low === outer.low && (x.lowOpen || !outer.lowOpen))) &&
  (x.high < outer.high || (x.high === outer.high && (x.highOpen || !outer.highOpen)))

/** Whether two intervals intersect. */
export const overlap = (a: Interval, b: Interval): boolean =>
  (a.low < b.high || (a.low === b.high && !a.lowOpen && !b.highOpen)) &&
  (b.low < a.high || (b.low === a.high && !b.lowOpen && !a.highOpen))

/** f(x) for a function that does not decrease but may be constant in places, such as `floor`. */
export const rising =
  (f: (x: number) => number) =>
  (x: Interval): Interval => {
    const end = (at: number, open: boolean): Bound => ({ at: f(at), open: open && !Number.isFinite(at) })
    return between(end(x.low, x.lowOpen), end(x.high, x.highOpen), x.nan)
  }

/** xᵖ for a plain number p. */
const powerOf = (x: Interval, p: number): Interval => {
  if (p === 0) return point(1)
  if (p < 0) return reciprocal(powerOf(x, -p))
  const raised = increasing((value) => value ** p, positivesFromZero, positivesFromZero)
  if (!Number.isInteger(p)) return raised(x)
  if (p % 2 === 0) return raised(magnitude(x))
  return increasing((value) => value ** p, everywhere, everywhere)(x)
}

const everywhere = interval(-infinity, infinity)
const positivesFromZero = interval(0, infinity)

export const power = (x: Interval, p: Interval): Interval => {
  const exponent = pointOf(p)
  if (exponent !== undefined && Number.isFinite(exponent)) return powerOf(x, exponent)
  if (x.low < 0 || x.nan) return anything
  if (!includes(x, 0) && !mayBeInfinite(x) && !mayBeInfinite(p)) {
    const logs = increasing(Math.log, positives, everywhere)(x)
    return orNan(increasing(Math.exp, everywhere, positives)(multiply(p, logs)), p.nan)
  }
  return { ...positivesFromZero, nan: true }
}

/** Whether a multiple of `period`, plus `shift`, lies in an interval. */
const holdsMultiple = (x: Interval, shift: number, period: number): boolean =>
  Math.floor((x.high - shift) / period + 1e-9) >= Math.ceil((x.low - shift) / period - 1e-9)

const sineBetween = (x: Interval, top: number, f: (x: number) => number): Interval => {
  const nan = x.nan || mayBeInfinite(x)
  if (!(x.high - x.low < 2 * Math.PI)) return orNan(interval(-1, 1), nan)
  const values = [
    { at: f(x.low), open: x.lowOpen },
    { at: f(x.high), open: x.highOpen }
  ].sort((a, b) => a.at - b.at)
  const from = holdsMultiple(x, top - Math.PI, 2 * Math.PI) ? { at: -1, open: false } : values[0]
  const to = holdsMultiple(x, top, 2 * Math.PI) ? { at: 1, open: false } : values[1]
  if (from === undefined || to === undefined) return orNan(interval(-1, 1), nan)
  return between(
    { at: Math.max(-1, down(from.at)), open: from.open },
    { at: Math.min(1, up(to.at)), open: to.open },
    nan
  )
}

export const sine = (x: Interval): Interval => sineBetween(x, Math.PI / 2, Math.sin)
export const cosine = (x: Interval): Interval => sineBetween(x, 0, Math.cos)

/** Whether tan has no pole between the bounds of an interval. */
export const isWithoutPoleOfTan = (x: Interval): boolean => {
  const branch = (at: number): number => Math.floor((at + Math.PI / 2) / Math.PI)
  const [first, last] = [branch(x.low), branch(x.high)]
  return Number.isFinite(first) && first === last
}

export const tangent = (x: Interval): Interval => {
  if (!isWithoutPoleOfTan(x)) return orNan(interval(-infinity, infinity), x.nan || mayBeInfinite(x))
  return between({ at: down(Math.tan(x.low)), open: x.lowOpen }, { at: up(Math.tan(x.high)), open: x.highOpen }, x.nan)
}
