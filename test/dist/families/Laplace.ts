import fc from "fast-check"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const laplace: Row<{ readonly loc: number; readonly scale: number }> = {
  family: "Laplace",
  make: ({ loc, scale }) => Laplace(loc, scale),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.3, 3) }),
  domain: ({ loc, scale }) => line(loc, scale),
  terms: (x: number, { loc, scale }) => Math.abs(x - loc) / scale + Math.abs(Math.log(scale)) + 1,
  sizes: { entropy: ({ scale }) => Math.abs(Math.log(scale)) + 1 },
  outside: "every number is inside",
  kinks: ({ loc }) => [loc]
}
