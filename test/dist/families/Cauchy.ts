import fc from "fast-check"
import { Cauchy } from "../../../src/dist/Cauchy.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const cauchy: Row<{ readonly loc: number; readonly scale: number }> = {
  family: "Cauchy",
  make: ({ loc, scale }) => Cauchy(loc, scale),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.3, 3) }),
  domain: ({ loc, scale }) => line(loc, scale),
  terms: (x: number, { loc, scale }) => Math.log1p(((x - loc) / scale) ** 2) + Math.abs(Math.log(scale)) + 2,
  sizes: { entropy: ({ scale }) => Math.abs(Math.log(scale)) + 2 },
  outside: "every number is inside"
}
