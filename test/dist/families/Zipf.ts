import fc from "fast-check"
import { Zipf } from "../../../src/dist/Zipf.ts"
import { integers } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const zipf: Row<{ readonly exponent: number }> = {
  family: "Zipf",
  make: ({ exponent }) => Zipf(exponent),
  // moderate ones have no variance for draws to have; where they have one, nearly all draws are 1, and no gradient shows in 10,000 of them
  settings: fc.record({ exponent: number(2.4, 2.9) }),
  draws: 10_000,
  domain: () => integers(1, 6000),
  terms: (x: number, { exponent }) => exponent * Math.log(x) + Math.abs(Math.log(exponent - 1)) + 1,
  sizes: {
    // of the difference of two numbers near 1
    cdf: (_, { exponent }) => 4 + exponent / (exponent - 1),
    entropy: ({ exponent }) => 1 + exponent,
    // of powers of 2, whose exponents are rounded
    variance: ({ exponent }) => exponent * 2 ** -exponent
  },
  outside: () => [-1, 0, 0.5, 1.5]
}
