import fc from "fast-check"
import { NegativeBinomial } from "../../../src/dist/NegativeBinomial.ts"
import { integers } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { log1pexp, logOdds, risingTerms } from "./sizes.ts"

/** One of the last three is given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly count: number
  readonly logits?: number
  readonly probs?: number
  readonly mean?: number
}

const oddsOf = (given: Parameters): number =>
  given.mean === undefined ? logOdds(given) : Math.log(given.mean / given.count)

/** The log odds, or the logarithms of which they are the difference. */
const oddsTerms = (given: Parameters): number =>
  1 +
  (given.mean === undefined
    ? Math.abs(oddsOf(given))
    : Math.abs(Math.log(given.mean)) + Math.abs(Math.log(given.count)))

const meanOf = (given: Parameters): number => given.count * Math.exp(oddsOf(given))

const count = number(0.5, 5)

export const negativeBinomial: Row<Parameters> = {
  family: "NegativeBinomial",
  make: ({ count, logits, probs, mean }) => {
    if (mean !== undefined) return NegativeBinomial({ count, mean })
    return probs === undefined ? NegativeBinomial({ count, logits: logits ?? 0 }) : NegativeBinomial({ count, probs })
  },
  settings: fc.oneof(
    fc.record({ count, logits: number(-2, 1) }),
    fc.record({ count, probs: number(0.1, 0.7) }),
    fc.record({ count, mean: number(0.5, 6) })
  ),
  domain: () => integers(0, 400),
  terms: (x: number, given) => {
    const odds = oddsOf(given)
    const [p, q] = [Math.exp(-log1pexp(-odds)), Math.exp(-log1pexp(odds))]
    const powers = x * log1pexp(-odds) + given.count * log1pexp(odds)
    return risingTerms(given.count, x) + powers + (x * q + given.count * p) * oddsTerms(given)
  },
  sizes: {
    mean: (given) => meanOf(given) * oddsTerms(given),
    variance: (given) => meanOf(given) * (1 + Math.exp(oddsOf(given))) * oddsTerms(given)
  },
  outside: () => [-1, -0.5, 0.5, 2.5]
}
