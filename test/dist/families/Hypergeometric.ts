import fc from "fast-check"
import { Hypergeometric } from "../../../src/dist/Hypergeometric.ts"
import { integers } from "../laws/Domain.ts"
import { plain, type Row } from "../laws/Row.ts"
import { binomialTerms } from "./sizes.ts"

interface Parameters {
  readonly [name: string]: number
  readonly population: number
  readonly successes: number
  readonly draws: number
}

const lowest = ({ population, successes, draws }: Parameters): number => Math.max(0, draws + successes - population)

export const hypergeometric: Row<Parameters> = {
  family: "Hypergeometric",
  make: ({ population, successes, draws }) => Hypergeometric(plain(population), plain(successes), plain(draws)),
  fixed: ["population", "successes", "draws"],
  settings: fc
    .tuple(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 9 }))
    .map(([successes, failures, draws]) => ({
      population: successes + failures,
      successes,
      draws: Math.min(draws, successes + failures - 1)
    })),
  domain: (given) => integers(lowest(given), Math.min(given.successes, given.draws)),
  terms: (x: number, { population, successes, draws }) => {
    const logits = Math.log((draws + 0.5) / (population - draws + 0.5))
    const chosen = binomialTerms(x, successes, logits) + binomialTerms(draws - x, population - successes, logits)
    return chosen + binomialTerms(draws, population, logits)
  },
  outside: (given) => [lowest(given) - 1, lowest(given) + 0.5, Math.min(given.successes, given.draws) + 1]
}
