import fc from "fast-check"
import { Beta } from "../../../src/dist/Beta.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { lbeta } from "./lgamma.ts"

export const beta: Row<{ readonly concentration1: number; readonly concentration0: number }> = {
  family: "Beta",
  make: ({ concentration1, concentration0 }) => Beta(concentration1, concentration0),
  // float32 has no numbers in the last 6e-8 before 1, where a small weight of 0 would put some of the density
  settings: fc.record({ concentration1: number(0.6, 4), concentration0: number(0.8, 4) }),
  domain: () => interval(0, 1),
  terms: (x: number, { concentration1: a, concentration0: b }) =>
    Math.abs((a - 1) * Math.log(x)) + Math.abs((b - 1) * Math.log1p(-x)) + Math.abs(lbeta(a, b)) + 1,
  sizes: {
    // (a − 1) (ψ(a) − ψ(a + b)) takes the rounding of ψ, which is of size log a + 1/a
    entropy: ({ concentration1: a, concentration0: b }) => {
      const size = (c: number): number => Math.abs(c - 1) * (Math.abs(Math.log(c)) + 1 / c + Math.log(a + b + 2) + 1)
      return size(a) + size(b) + Math.abs(lbeta(a, b))
    },
    // the incomplete beta function is exact to 2e-6 of itself, in the tails to 2e-7 of its logarithm (docs/special-functions.md), and next to 1,
    // with little weight of 0, to 4e-6: it is 1 less a number near 1 there
    cdf: (x, { concentration1: a }) => 70 / 8 + Math.abs(a * Math.log(x))
  },
  outside: () => [-1e-3, -2, 1.001, 1.5, 40]
}
