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
import { add, hull, increasing, larger, mayBeInfinite, multiply, orNan } from "../ranges/arithmetic.ts"
import { endPole, jumps, pole } from "./continuityRules.ts"
import type { ContinuityRule, RangeRule } from "./KernelRow.ts"
import { signed } from "./monotone.ts"
import { countOf } from "./reduction.ts"

/** What the kernel table says of a special function or a kernel that draws, beside its shape. */
export interface Facts {
  readonly continuity?: ContinuityRule
  readonly doubt?: string
  readonly range?: RangeRule
}

const infinity = Number.POSITIVE_INFINITY
const line = interval(-infinity, infinity)
const reals = interval(-infinity, infinity, "()")
const positives = interval(0, infinity, "()")
const nonNegatives = interval(0, infinity, "[)")
const unit = interval(0, 1)
const open = interval(0, 1, "()")

/** A range that holds where the inputs lie in the function's domain. */
const on =
  (domains: ReadonlyArray<Interval>, image: Interval): RangeRule =>
  (inputs) =>
    domains.every((domain, i) => covers(domain, inputs[i] ?? anything)) ? image : anything

/** A probability: strictly between 0 and 1 inside of the domain, and possibly 0 or 1 at its ends. */
const fraction =
  (inside: ReadonlyArray<Interval>, domain: ReadonlyArray<Interval>): RangeRule =>
  (inputs, node, shapes) => {
    const within = on(inside, open)(inputs, node, shapes)
    return within === anything ? on(domain, unit)(inputs, node, shapes) : within
  }

const of =
  (f: (x: Interval) => Interval): RangeRule =>
  ([x = anything]) =>
    f(x)

const logs = increasing(Math.log, interval(0, infinity), line)
const logsOfNext = increasing(Math.log1p, interval(-1, infinity), line)

/** x·log y, which is 0 for x = 0 whatever y is. */
const timesLog =
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

const logOfSum: RangeRule = ([a = anything, b = anything]) => {
  const top = larger(a, b)
  return {
    low: addExp(a.low, b.low),
    high: addExp(a.high, b.high),
    // a bound that float64 rounds may be reached
    lowOpen: top.lowOpen && !Number.isFinite(a.low + b.low),
    highOpen: top.highOpen && !Number.isFinite(a.high + b.high),
    nan: top.nan
  }
}

/** 0 inside, −∞ outside; NaN is outside. Whole numbers are not told from others by a range. */
const inside: RangeRule = ([x = anything], { attrs }) => {
  const bounds = attrs["inclusive"] === true ? "[]" : "()"
  const set = interval(Number(attrs["low"]), Number(attrs["high"]), bounds)
  const unbounded = {
    ...set,
    lowOpen: set.lowOpen && set.low !== -infinity,
    highOpen: set.highOpen && set.high !== infinity
  }
  if (attrs["integer"] !== true && covers(unbounded, x)) return point(0)
  const { low, high } = unbounded
  const outside = isBelow(x, point(low)) || isBelow(point(high), x) || (bounds === "()" && isBoundary(x, low, high))
  return outside ? point(-infinity) : interval(-infinity, 0)
}

const isBoundary = (x: Interval, low: number, high: number): boolean =>
  isNotAbove(x, point(low)) || isNotAbove(point(high), x)

const mayBeZero = "its input may be 0"
const mayBeEnd = "its input may be 0 or 1"

/** The smallest value of log Γ above 0, at 1.4616. */
const leastLogGamma = -0.12148629053584961

/** Those that are left out are smooth, and nothing is known of where their values lie. */
export const specialFacts: Readonly<Record<string, Facts>> = {
  Lgamma: {
    continuity: endPole({ least: 0 }),
    doubt: mayBeZero,
    range: on([positives], interval(leastLogGamma, infinity, "[)"))
  },
  Digamma: { continuity: pole(0), doubt: mayBeZero, range: on([positives], reals) },
  Polygamma: {
    continuity: pole(0),
    doubt: mayBeZero,
    range: ([x = anything], { attrs }) =>
      covers(positives, x) ? (Number(attrs["n"]) % 2 === 1 ? positives : interval(-infinity, 0, "()")) : anything
  },
  Lbeta: { continuity: pole(0, [0, 1]), doubt: mayBeZero, range: on([positives, positives], reals) },
  LgammaGap: { continuity: pole(0, [0, 1]), doubt: mayBeZero, range: on([positives, positives], nonNegatives) },
  ErrorFunction: { range: of(signed(interval(-1, 1))) },
  Erfc: { range: of((x) => (mayBeInfinite(x) ? orNan(interval(0, 2), x.nan) : orNan(interval(0, 2, "()"), x.nan))) },
  Erfinv: {
    continuity: endPole({ least: -1, greatest: 1 }),
    doubt: "its input may be −1 or 1",
    range: on([interval(-1, 1, "()")], reals)
  },
  LogNdtr: { range: of((x) => orNan(mayBeInfinite(x) ? interval(-infinity, 0) : interval(-infinity, 0, "()"), x.nan)) },
  Ndtri: { continuity: endPole({ least: 0, greatest: 1 }), doubt: mayBeEnd, range: on([open], reals) },
  LogI0: { range: on([reals], nonNegatives) },
  BesselRatio: { range: of((x) => (mayBeInfinite(x) ? anything : signed(interval(-1, 1))(x))) },
  Logaddexp: { range: logOfSum },
  Log1mexp: {
    continuity: endPole({ least: 0 }),
    doubt: mayBeZero,
    range: on([positives], interval(-infinity, 0, "()"))
  },
  Logit: { continuity: endPole({ least: 0, greatest: 1 }), doubt: mayBeEnd, range: on([open], reals) },
  Xlogy: { continuity: endPole({ least: 0 }, 1), doubt: "the input of its logarithm may be 0", range: timesLog(logs) },
  Xlog1py: {
    continuity: endPole({ least: -1 }, 1),
    doubt: "the input of its logarithm may be 0",
    range: timesLog(logsOfNext)
  },
  LogSumExp: {
    range: ([x = anything], node, shapes) => {
      const count = countOf(node, shapes)
      if (count === 0) return anything
      return hull(x, add(x, interval(0, Math.log(count))))
    }
  },
  InsideOf: { continuity: jumps, range: inside },
  Gammainc: {
    continuity: pole(0),
    doubt: mayBeZero,
    range: fraction([positives, positives], [positives, nonNegatives])
  },
  Gammaincc: {
    continuity: pole(0),
    doubt: mayBeZero,
    range: fraction([positives, positives], [positives, nonNegatives])
  },
  Betainc: {
    continuity: pole(0, [0, 1]),
    doubt: mayBeZero,
    range: fraction([positives, positives, open], [positives, positives, unit])
  },
  LogStandardGamma: { range: on([positives], reals) },
  Poisson: { range: on([nonNegatives], nonNegatives) },
  Binomial: {
    range: ([n = anything, p = anything]) =>
      covers(nonNegatives, n) && covers(unit, p) ? { ...n, low: 0, lowOpen: false } : anything
  },
  VonMises: { range: of((kappa) => orNan(interval(-Math.PI, Math.PI), kappa.nan)) },
  // the numbers of its first input; the second has the gradient alone
  WithGradient: { range: of((x) => x) }
}
