import fc from "fast-check"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { integers } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { countCdfTerms, devianceTerms, restTerms } from "./sizes.ts"

/** One of the two is given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly rate?: number
  readonly logRate?: number
}

const terms = (x: number, { rate, logRate = 0 }: Parameters): number =>
  devianceTerms(x, rate ?? Math.exp(logRate), rate === undefined ? logRate : Math.log(rate)) + restTerms(x)

export const poisson: Row<Parameters> = {
  family: "Poisson",
  make: ({ rate, logRate }) => (rate === undefined ? Poisson({ logRate: logRate ?? 0 }) : Poisson({ rate })),
  settings: fc.oneof(fc.record({ rate: number(0.3, 12) }), fc.record({ logRate: number(-1, 2.5) })),
  domain: () => integers(0, 80),
  terms,
  sizes: {
    cdf: (x, given) =>
      terms(x, given) +
      countCdfTerms(given.rate ?? Math.exp(given.logRate ?? 0), given.rate === undefined ? (given.logRate ?? 0) : 0)
  },
  outside: () => [-1, -0.5, 0.5, 2.5]
}
