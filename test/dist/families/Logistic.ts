import fc from "fast-check"
import { Logistic } from "../../../src/dist/Logistic.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const logistic: Row<{ readonly loc: number; readonly scale: number }> = {
  family: "Logistic",
  make: ({ loc, scale }) => Logistic(loc, scale),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.3, 3) }),
  domain: ({ loc, scale }) => line(loc, scale),
  terms: (x: number, { loc, scale }) => Math.abs(x - loc) / scale + Math.abs(Math.log(scale)) + 2,
  sizes: { entropy: ({ scale }) => Math.abs(Math.log(scale)) + 2 },
  outside: "every number is inside"
}
