import fc from "fast-check"
import { Binomial } from "../../../src/dist/Binomial.ts"
import { integers } from "../laws/Domain.ts"
import { number, plain, type Row } from "../laws/Row.ts"
import { binomialTerms, countCdfTerms, log1pexp, logOdds } from "./sizes.ts"

/** One of the last two is given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly count: number
  readonly logits?: number
  readonly probs?: number
}

const count = fc.integer({ min: 1, max: 12 })

const terms = (x: number, given: Parameters): number =>
  binomialTerms(x, given.count, logOdds(given)) + Math.abs(logOdds(given))

export const binomial: Row<Parameters> = {
  family: "Binomial",
  make: ({ count, logits, probs }) =>
    probs === undefined ? Binomial(plain(count), { logits: logits ?? 0 }) : Binomial(plain(count), { probs }),
  fixed: ["count"],
  settings: fc.oneof(fc.record({ count, logits: number(-3, 3) }), fc.record({ count, probs: number(0.1, 0.9) })),
  domain: ({ count }) => integers(0, count),
  terms,
  sizes: {
    // the rounding of p moves it by about a standard deviation's share
    cdf: (x, given) =>
      terms(x, given) + countCdfTerms(given.count * Math.exp(-log1pexp(-logOdds(given))), logOdds(given)),
    // a small probability inherits the rounding of its log odds
    mean: (given) => given.count * Math.exp(Math.min(logOdds(given), 0)) * (1 + Math.abs(logOdds(given))),
    variance: (given) => given.count * Math.exp(-Math.abs(logOdds(given))) * (1 + Math.abs(logOdds(given)))
  },
  outside: ({ count }) => [-1, -0.5, 0.5, count + 1, count + 7]
}
