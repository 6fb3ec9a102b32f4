import fc from "fast-check"
import { ZeroInflatedPoisson } from "../../../src/dist/ZeroInflatedPoisson.ts"
import { integers } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { countCdfTerms, devianceTerms, log1pexp, logOdds, restTerms } from "./sizes.ts"

/** One of the first two and one of the last two are given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly rate?: number
  readonly logRate?: number
  readonly logits?: number
  readonly probs?: number
}

const terms = (x: number, given: Parameters): number => {
  const { rate, logRate = 0 } = given
  const odds = logOdds(given)
  const poisson = devianceTerms(x, rate ?? Math.exp(logRate), rate === undefined ? logRate : Math.log(rate))
  const zero = Math.min(log1pexp(-odds), rate ?? Math.exp(logRate))
  return (x === 0 ? zero : poisson + restTerms(x)) + log1pexp(odds) + Math.abs(odds) + 1
}

export const zeroInflatedPoisson: Row<Parameters> = {
  family: "ZeroInflatedPoisson",
  make: ({ rate, logRate, logits, probs }) =>
    ZeroInflatedPoisson(
      rate === undefined ? { logRate: logRate ?? 0 } : { rate },
      probs === undefined ? { logits: logits ?? 0 } : { probs }
    ),
  settings: fc.oneof(
    fc.record({ rate: number(0.5, 8), probs: number(0.1, 0.7) }),
    fc.record({ logRate: number(-1, 2), logits: number(-2, 2) })
  ),
  domain: () => integers(0, 70),
  terms,
  sizes: {
    cdf: (x, given) =>
      terms(x, given) +
      countCdfTerms(given.rate ?? Math.exp(given.logRate ?? 0), given.rate === undefined ? (given.logRate ?? 0) : 0),
    mean: (given) => Math.exp(-log1pexp(logOdds(given))) * (given.rate ?? Math.exp(given.logRate ?? 0)) * 16
  },
  outside: () => [-1, -0.5, 0.5, 2.5]
}
