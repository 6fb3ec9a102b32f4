import fc from "fast-check"
import { BetaBinomial } from "../../../src/dist/BetaBinomial.ts"
import { integers } from "../laws/Domain.ts"
import { number, plain, type Row } from "../laws/Row.ts"
import { risingTerms } from "./sizes.ts"

interface Parameters {
  readonly [name: string]: number
  readonly count: number
  readonly alpha: number
  readonly beta: number
}

export const betaBinomial: Row<Parameters> = {
  family: "BetaBinomial",
  make: ({ count, alpha, beta }) => BetaBinomial(plain(count), alpha, beta),
  fixed: ["count"],
  settings: fc.record({ count: fc.integer({ min: 1, max: 10 }), alpha: number(0.5, 4), beta: number(0.5, 4) }),
  domain: ({ count }) => integers(0, count),
  terms: (x: number, { count, alpha, beta }) =>
    risingTerms(alpha, x) + risingTerms(beta, count - x) + risingTerms(alpha + beta, count),
  outside: ({ count }) => [-1, -0.5, 0.5, count + 1, count + 7]
}
