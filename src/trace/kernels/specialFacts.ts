import { anything, covers, interval, nonNegatives, point, positives, reals } from "../../tensor/Interval.ts"
import { add, hull, mayBeInfinite, multiply, negative, orNan, overlap, subtract } from "../ranges/arithmetic.ts"
import { anyOf, endPole, jumps, kinked, pole } from "./continuityRules.ts"
import type { ContinuityRule, RangeRule } from "./KernelRow.ts"
import { signed } from "./monotone.ts"
import { countOf } from "./reduction.ts"
import {
  acrossBounds,
  among,
  densityInside,
  fraction,
  inside,
  line,
  logOfSum,
  logShares,
  logs,
  logsOfNext,
  logsOfOther,
  of,
  ofLogs,
  on,
  open,
  openLogs,
  pieces,
  setsOf,
  softplus,
  timesLog,
  unit
} from "./specialRanges.ts"

const infinity = Number.POSITIVE_INFINITY

/** The entries of the kernel table for a special function or a kernel that draws, besides its shape. */
export interface Facts {
  readonly continuity?: ContinuityRule
  readonly doubt?: string
  readonly range?: RangeRule
}

/** Pieces meet, except those of distribution functions of counts. */
const acrossPieces: ContinuityRule = ([x = anything], [moves], { attrs }) => {
  const { below, inside, above } = setsOf(attrs)
  const reached = [below, inside, above].filter((set) => overlap(set, x))
  return attrs["meet"] === false && moves === true && reached.length > 1 ? "jumps" : "smooth"
}

/** May jump if one of these inputs, all of which are positive, reaches 0. */
const atZero = (...places: ReadonlyArray<number>): ContinuityRule =>
  anyOf(...places.map((place) => endPole({ least: 0 }, place)))

const mayBeZero = "its input may be 0"
const mayBeEnd = "its input may be 0 or 1"
const mayBeOne = "its input may be the logarithm of 1"

/** The smallest value of log Γ above 0, at 1.4616. */
const leastLogGamma = -0.12148629053584961

/** Functions without an entry are smooth, and their range is not known. */
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
  LogQuotient: {
    continuity: atZero(0, 1),
    doubt: mayBeZero,
    range: ([a = anything, b = anything]) => subtract(logs(a), logs(b))
  },
  LogLess: {
    continuity: atZero(0),
    doubt: mayBeZero,
    range: ([x = anything, c = anything]) => subtract(logs(x), c)
  },
  LogitLess: {
    continuity: endPole({ least: 0, greatest: 1 }),
    doubt: mayBeEnd,
    range: on([open, reals], reals)
  },
  LogOneLessPower: {
    continuity: anyOf(atZero(1), endPole({ greatest: 1 })),
    doubt: "its first input may be 1, or the second 0",
    range: on([open, positives], interval(-infinity, 0, "(]"))
  },
  DigammaGap: { continuity: pole(0), doubt: mayBeZero, range: on([positives], positives) },
  Stirling: { continuity: kinked, range: on([nonNegatives], unit) },
  StirlingGap: { continuity: pole(0, [0, 1]), doubt: mayBeZero, range: on([positives, positives], nonNegatives) },
  CloseDeviance: {
    continuity: endPole({ least: 0 }, 1),
    doubt: mayBeZero,
    range: on([nonNegatives, nonNegatives], interval(0, infinity))
  },
  LogDeviance: { range: on([nonNegatives, reals, reals], reals) },
  CoinExcess: { range: on([nonNegatives, nonNegatives, reals, reals], reals) },
  NegativeBinomialByMean: {
    continuity: atZero(1, 2),
    doubt: mayBeZero,
    range: on([nonNegatives, positives, positives], reals)
  },
  GammaLogDensity: {
    continuity: atZero(0, 1, 2),
    doubt: mayBeZero,
    range: on([positives, positives, positives], reals)
  },
  BetaLogDensity: {
    continuity: anyOf(atZero(0, 1), endPole({ least: 0, greatest: 1 }, 2)),
    doubt: "its inputs may be 0, or the last of them 1",
    range: on([positives, positives, open], reals)
  },
  PolyaCell: {
    continuity: atZero(2, 3),
    doubt: mayBeZero,
    range: on([nonNegatives, nonNegatives, positives, positives, reals, unit], reals)
  },
  IsLargest: { continuity: jumps, range: () => unit },
  ProductLess: { range: ([a = anything, x = anything, c = anything]) => subtract(multiply(a, x), c) },
  ProductsLess: {
    range: ([a = anything, x = anything, b = anything, y = anything, c = anything]) =>
      subtract(add(multiply(a, x), multiply(b, y)), c)
  },
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
  BesselRest: { range: on([nonNegatives], interval(0, 1, "(]")) },
  LogI0Rest: { range: on([nonNegatives], nonNegatives) },
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
  DensityInside: { continuity: acrossBounds, range: densityInside },
  SplitAt: { continuity: acrossPieces, range: pieces },
  LogShare: { continuity: endPole({ least: 0 }), doubt: mayBeZero, range: among(unit, logs) },
  ExactLog: { range: among(logShares) },
  // NaN if the second bound is below the first
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
  // the values are those of the first input; the second gives only the gradient
  WithGradient: { range: of((x) => x) }
}
