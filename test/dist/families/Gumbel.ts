import fc from "fast-check"
import { Gumbel } from "../../../src/dist/Gumbel.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const gumbel: Row<{ readonly loc: number; readonly scale: number }> = {
  family: "Gumbel",
  make: ({ loc, scale }) => Gumbel(loc, scale),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.3, 3) }),
  domain: ({ loc, scale }) => line(loc, scale),
  // e⁻ᶻ inherits the rounding of z
  terms: (x: number, { loc, scale }) => {
    const z = (x - loc) / scale
    return Math.abs(z) + Math.exp(-z) * (1 + Math.abs(z)) + Math.abs(Math.log(scale)) + 1
  },
  sizes: {
    mean: ({ loc, scale }) => Math.abs(loc) + scale,
    entropy: ({ scale }) => Math.abs(Math.log(scale)) + 2
  },
  outside: "every number is inside"
}
