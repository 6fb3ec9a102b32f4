import fc from "fast-check"
import { Normal } from "../../../src/dist/Normal.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const normal: Row<{ readonly loc: number; readonly scale: number }> = {
  family: "Normal",
  make: ({ loc, scale }) => Normal(loc, scale),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.3, 3) }),
  domain: ({ loc, scale }) => line(loc, scale),
  terms: (x: number, { loc, scale }) => ((x - loc) / scale) ** 2 + Math.abs(Math.log(scale)) + 1,
  sizes: { entropy: ({ scale }) => Math.abs(Math.log(scale)) + 1 },
  outside: "every number is inside"
}
