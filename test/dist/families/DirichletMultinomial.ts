import fc from "fast-check"
import { DirichletMultinomial } from "../../../src/dist/DirichletMultinomial.ts"
import { values } from "../laws/Domain.ts"
import { plain, type Row, vector } from "../laws/Row.ts"
import { risingTerms, splits } from "./sizes.ts"

interface Parameters {
  readonly [name: string]: number | ReadonlyArray<number>
  readonly count: number
  readonly concentration: ReadonlyArray<number>
}

export const dirichletMultinomial: Row<Parameters> = {
  family: "DirichletMultinomial",
  make: ({ count, concentration }) => DirichletMultinomial(plain(count), concentration),
  fixed: ["count"],
  settings: fc.record({ count: fc.integer({ min: 1, max: 6 }), concentration: vector(0.5, 4, 3) }),
  domain: ({ count, concentration }) => values(splits(count, concentration.length)),
  terms: (x: ReadonlyArray<number>, { count, concentration }) => {
    const total = concentration.reduce((sum, a) => sum + a, 0)
    return x.reduce((sum, k, i) => sum + risingTerms(concentration[i] as number, k), risingTerms(total, count))
  },
  // 1 − a/A takes the rounding of a/A near 1
  sizes: {
    variance: ({ count, concentration }) => {
      const total = concentration.reduce((sum, a) => sum + a, 0)
      return (count * (total + count)) / (total + 1)
    }
  },
  outside: ({ count, concentration }) => {
    const rest = concentration.slice(2).map(() => 0)
    return [
      [count + 1, -1, ...rest],
      [count, 1, ...rest],
      [count - 0.5, 0.5, ...rest]
    ]
  }
}
