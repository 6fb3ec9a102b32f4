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
  add,
  both,
  hull,
  increasing,
  larger,
  mayBeInfinite,
  multiply,
  negative,
  orNan,
  overlap,
  subtract
} from "../ranges/arithmetic.ts"
import { anyOf, endPole, jumps, pole } from "./continuityRules.ts"
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
/** The logarithms of probabilities, and of those that are neither 0 nor 1. */
const logShares = interval(-infinity, 0)
const openLogs = interval(-infinity, 0, "()")

/** A range that holds where the inputs lie in the function's domain. */
const on =
  (domains: ReadonlyArray<Interval>, image: Interval): RangeRule =>
  (inputs) =>
    domains.every((domain, i) => covers(domain, inputs[i] ?? anything)) ? image : anything

/** An open set inside of the domain, and the closed one at its ends: a probability is strictly between 0 and 1, and possibly 0 or 1 there. */
const fraction =
  (
    inside: ReadonlyArray<Interval>,
    domain: ReadonlyArray<Interval>,
    { within, whole } = { within: open, whole: unit }
  ): RangeRule =>
  (inputs, node, shapes) => {
    const strictly = on(inside, within)(inputs, node, shapes)
    return strictly === anything ? on(domain, whole)(inputs, node, shapes) : strictly
  }
const ofLogs = { within: openLogs, whole: logShares }

const of =
  (f: (x: Interval) => Interval): RangeRule =>
  ([x = anything]) =>
    f(x)

const logs = increasing(Math.log, interval(0, infinity), line)
const logsOfNext = increasing(Math.log1p, interval(-1, infinity), line)

const logsOfOther = (p: Interval): Interval => logsOfNext(negative(p))
const softplus = increasing((t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t))), line, interval(0, infinity))

/** A function of a number of a known set, such as the probabilities, where another input says the same of it. */
const among =
  (set: Interval, f: (x: Interval) => Interval = (x) => x): RangeRule =>
  ([p = anything, q = anything]) =>
    orNan(f(both(p, set)), p.nan || q.nan)

/** The sets of `splitAt`. */
const setsOf = ({ low, high, withLow }: Attrs): Readonly<Record<"below" | "inside" | "above", Interval>> => ({
  below: interval(-infinity, Number(low), withLow === true ? "[)" : "[]"),
  inside: interval(Number(low), Number(high), withLow === true ? "[)" : "()"),
  above: interval(Number(high), infinity)
})

/** Those pieces that are reached; what is inside lies there where it is the number itself that is judged. */
const pieces: RangeRule = ([x = anything, below = anything, inner = anything, above = anything], { attrs, inputs }) => {
  const sets = setsOf(attrs)
  const inside = inputs[0] === inputs[2] ? orNan(both(sets.inside, x), x.nan) : inner
  const reached = [
    ...(overlap(sets.below, x) ? [below] : []),
    ...(x.nan || overlap(sets.inside, x) ? [inside] : []),
    ...(overlap(sets.above, x) ? [above] : [])
  ]
  return reached.reduce((all, piece) => hull(all, piece))
}

/** Pieces meet, but for those of counts. */
const acrossPieces: ContinuityRule = ([x = anything], [moves], { attrs }) => {
  const { below, inside, above } = setsOf(attrs)
  const reached = [below, inside, above].filter((set) => overlap(set, x))
  return attrs["meet"] === false && moves === true && reached.length > 1 ? "jumps" : "smooth"
}

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
const mayBeOne = "its input may be the logarithm of 1"

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
  LogMass: { continuity: endPole({ least: 0 }), doubt: mayBeZero, range: of(logs) },
  LogOtherMass: { continuity: endPole({ greatest: 1 }), doubt: "its input may be 1", range: of(logsOfOther) },
  TimesLog: { range: timesLog((log) => log) },
  LogStep: {
    range: ([a = anything, b = anything], { attrs }) =>
      hull(multiply(point(1 - Number(attrs["alpha"])), subtract(b, a)), point(0))
  },
  CoinLogMass: {
    range: ([x = anything, logits = anything]) => negative(softplus(multiply(subtract(point(1), add(x, x)), logits)))
  },
  LogSumExp: {
    range: ([x = anything], node, shapes) => {
      const count = countOf(node, shapes)
      if (count === 0) return anything
      return hull(x, add(x, interval(0, Math.log(count))))
    }
  },
  InsideOf: { continuity: jumps, range: inside },
  SplitAt: { continuity: acrossPieces, range: pieces },
  LogShare: { continuity: endPole({ least: 0 }), doubt: mayBeZero, range: among(unit, logs) },
  ExactLog: { range: among(logShares) },
  // not a number where the second of its bounds is below the first
  LogBetween: { range: () => orNan(logShares, true) },
  LogNegLog: {
    continuity: endPole({ greatest: 0 }),
    doubt: mayBeOne,
    range: among(logShares, (log) => logs(negative(log)))
  },
  NdtriOfLogs: {
    continuity: anyOf(endPole({ greatest: 0 }), endPole({ greatest: 0 }, 1)),
    doubt: mayBeOne,
    range: fraction([openLogs, openLogs], [logShares, logShares], { within: reals, whole: line })
  },
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
  Betaincc: {
    continuity: pole(0, [0, 1]),
    doubt: mayBeZero,
    range: fraction([positives, positives, open], [positives, positives, unit])
  },
  LogGammainc: {
    continuity: anyOf(pole(0), endPole({ least: 0 }, 1)),
    doubt: mayBeZero,
    range: fraction([positives, positives], [positives, nonNegatives], ofLogs)
  },
  LogBetainc: {
    continuity: anyOf(pole(0, [0, 1]), endPole({ least: 0, greatest: 1 }, 2)),
    doubt: "its inputs may be 0, or the last of them 1",
    range: fraction([positives, positives, open], [positives, positives, unit], ofLogs)
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
