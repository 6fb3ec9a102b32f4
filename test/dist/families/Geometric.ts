import fc from "fast-check"
import { Geometric } from "../../../src/dist/Geometric.ts"
import { integers } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { log1pexp, logOdds } from "./sizes.ts"

/** One of the two is given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly logits?: number
  readonly probs?: number
}

export const geometric: Row<Parameters> = {
  family: "Geometric",
  make: ({ logits, probs }) => (probs === undefined ? Geometric({ logits: logits ?? 0 }) : Geometric({ probs })),
  settings: fc.oneof(fc.record({ logits: number(-2, 3) }), fc.record({ probs: number(0.15, 0.9) })),
  domain: () => integers(0, 250),
  // log odds are rounded, and a log probability inherits that as far as it follows them
  terms: (x: number, given) => {
    const odds = logOdds(given)
    return log1pexp(-odds) + (1 + Math.abs(odds)) * (1 + x * log1pexp(odds))
  },
  sizes: {
    mean: (given) => (1 + Math.abs(logOdds(given))) * Math.exp(-logOdds(given)),
    variance: (given) => (1 + Math.abs(logOdds(given))) * Math.exp(-logOdds(given)) * (1 + Math.exp(-logOdds(given))),
    entropy: (given) => 1 + Math.abs(logOdds(given))
  },
  outside: () => [-1, -0.5, 0.5, 2.5]
}
