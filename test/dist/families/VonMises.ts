import fc from "fast-check"
import { VonMises } from "../../../src/dist/VonMises.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const vonMises: Row<{ readonly loc: number; readonly concentration: number }> = {
  family: "VonMises",
  make: ({ loc, concentration }) => VonMises(loc, concentration),
  // the laws' test function is none of an angle, so that their draws must not cross from π to −π; VonMises.test.ts has those that do
  settings: fc.record({ loc: number(-0.3, 0.3), concentration: number(6, 12) }),
  domain: () => interval(-Math.PI, Math.PI),
  // cos(x − loc) inherits the rounding of x − loc
  terms: (x: number, { loc, concentration }) => concentration * (2 + Math.abs(x - loc)) + 3,
  sizes: {
    mean: ({ loc }) => Math.abs(loc) + 2,
    // 1 − I₁/I₀
    variance: () => 1,
    entropy: ({ concentration }) => 2 * concentration + 2
  },
  outside: () => [-3.2, 3.2, 10]
}
