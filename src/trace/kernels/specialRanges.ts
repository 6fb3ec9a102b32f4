import {
  anything,
  covers,
  type Interval,
  includes,
  interval,
  isBelow,
  isNotAbove,
  point
} from "../../tensor/Interval.ts"
import type { Attrs } from "../Graph.ts"
import {
  both,
  hull,
  increasing,
  larger,
  mayBeInfinite,
  multiply,
  negative,
  orNan,
  overlap
} from "../ranges/arithmetic.ts"
import type { ContinuityRule, RangeRule } from "./KernelRow.ts"

const infinity = Number.POSITIVE_INFINITY
export const line = interval(-infinity, infinity)
export const unit = interval(0, 1)
export const open = interval(0, 1, "()")
/** The logarithms of probabilities, and of those that are neither 0 nor 1. */
export const logShares = interval(-infinity, 0)
export const openLogs = interval(-infinity, 0, "()")

/** A range that is valid if the inputs lie in the function's domain. */
export const on =
  (domains: ReadonlyArray<Interval>, image: Interval): RangeRule =>
  (inputs) =>
    domains.every((domain, i) => covers(domain, inputs[i] ?? anything)) ? image : anything

/**
 * The range of the values on the open domain, and that on the closed domain: a probability is strictly between 0 and 1 on the first, and may be 0 or
 * 1 on the second.
 */
export const fraction =
  (
    inside: ReadonlyArray<Interval>,
    domain: ReadonlyArray<Interval>,
    { within, whole } = { within: open, whole: unit }
  ): RangeRule =>
  (inputs, node, shapes) => {
    const strictly = on(inside, within)(inputs, node, shapes)
    return strictly === anything ? on(domain, whole)(inputs, node, shapes) : strictly
  }
export const ofLogs = { within: openLogs, whole: logShares }

export const of =
  (f: (x: Interval) => Interval): RangeRule =>
  ([x = anything]) =>
    f(x)

export const logs = increasing(Math.log, interval(0, infinity), line)
export const logsOfNext = increasing(Math.log1p, interval(-1, infinity), line)

export const logsOfOther = (p: Interval): Interval => logsOfNext(negative(p))
export const softplus = increasing(
  (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t))),
  line,
  interval(0, infinity)
)

/** A function of a number from a known set, such as the probabilities, when another input shows that it belongs to the set. */
export const among =
  (set: Interval, f: (x: Interval) => Interval = (x) => x): RangeRule =>
  ([p = anything, q = anything]) =>
    orNan(f(both(p, set)), p.nan || q.nan)

/** The sets of `splitAt`. */
export const setsOf = ({ low, high, withLow }: Attrs): Readonly<Record<"below" | "inside" | "above", Interval>> => ({
  below: interval(-infinity, Number(low), withLow === true ? "[)" : "[]"),
  inside: interval(Number(low), Number(high), withLow === true ? "[)" : "()"),
  above: interval(Number(high), infinity)
})

/** The pieces that can be reached. The piece inside has the range of the inside if it is the tested number itself. */
export const pieces: RangeRule = (
  [x = anything, below = anything, inner = anything, above = anything],
  { attrs, inputs }
) => {
  const sets = setsOf(attrs)
  const inside = inputs[0] === inputs[2] ? orNan(both(sets.inside, x), x.nan) : inner
  const reached = [
    ...(overlap(sets.below, x) ? [below] : []),
    ...(x.nan || overlap(sets.inside, x) ? [inside] : []),
    ...(overlap(sets.above, x) ? [above] : [])
  ]
  return reached.reduce((all, piece) => hull(all, piece))
}

/** x·log y, which is 0 for x = 0 whatever y is. */
export const timesLog =
  (log: (y: Interval) => Interval): RangeRule =>
  ([x = anything, y = anything]) => {
    const logarithm = log(y)
    const product = multiply({ ...x, nan: false }, { ...logarithm, nan: false })
    return { ...(includes(x, 0) ? hull(product, point(0)) : product), nan: x.nan || logarithm.nan || mayBeInfinite(x) }
  }

const addExp = (a: number, b: number): number => {
  const top = Math.max(a, b)
  return Number.isFinite(top) ? top + Math.log1p(Math.exp(-Math.abs(a - b))) : top
}

export const logOfSum: RangeRule = ([a = anything, b = anything]) => {
  const top = larger(a, b)
  return {
    low: addExp(a.low, b.low),
    high: addExp(a.high, b.high),
    // a bound that float64 has rounded may be reached
    lowOpen: top.lowOpen && !Number.isFinite(a.low + b.low),
    highOpen: top.highOpen && !Number.isFinite(a.high + b.high),
    nan: top.nan
  }
}

/** Whether numbers of a range are inside of bounds: all, none, or perhaps. A range does not show whether its numbers are whole. */
export const insideBounds = (
  x: Interval,
  { low, high, inclusive, integer, finite }: Attrs
): "all" | "none" | "some" => {
  const [least, most] = [Number(low), Number(high)]
  const open = (end: number): boolean => (Number.isFinite(end) ? inclusive !== true : finite === true)
  const bounds: Interval = { ...interval(least, most), lowOpen: open(least), highOpen: open(most) }
  if (integer !== true && covers(bounds, { ...x, nan: false })) return "all"
  const none = isBelow(x, point(least)) || isBelow(point(most), x) || (inclusive !== true && isBoundary(x, least, most))
  return none ? "none" : "some"
}

/** 0 inside, −∞ outside. */
export const inside: RangeRule = ([x = anything], { attrs }) =>
  orNan({ all: point(0), none: point(-infinity), some: interval(-infinity, 0) }[insideBounds(x, attrs)], x.nan)

/** The density inside, −∞ outside. */
export const densityInside: RangeRule = ([density = anything, x = anything], { attrs }) => {
  const where = insideBounds(x, attrs)
  if (where === "all") return density
  if (where === "none") return orNan(point(-infinity), x.nan && density.nan)
  return hull(density, point(-infinity))
}

/** A number that moves may cross a bound, unless its range shows that it does not. */
export const acrossBounds: ContinuityRule = ([, x = anything], [, moves], { attrs }) =>
  moves === true && insideBounds(x, attrs) !== "all" ? "jumps" : "smooth"

const isBoundary = (x: Interval, low: number, high: number): boolean =>
  isNotAbove(x, point(low)) || isNotAbove(point(high), x)
