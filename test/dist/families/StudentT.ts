import fc from "fast-check"
import { StudentT } from "../../../src/dist/StudentT.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { studentSize } from "./studentSize.ts"

export const studentT: Row<{ readonly df: number; readonly loc: number; readonly scale: number }> = {
  family: "StudentT",
  make: ({ df, loc, scale }) => StudentT(df, loc, scale),
  // between 2 and 6 a z-test of the variance would need moments that there are not
  settings: fc.record({
    df: fc.oneof(number(0.8, 1.9), number(6, 12)),
    loc: number(-2, 2),
    scale: number(0.3, 3)
  }),
  domain: ({ loc, scale }) => line(loc, scale),
  terms: (x: number, { df, loc, scale }) => studentSize((x - loc) / scale, df) + Math.abs(Math.log(scale)),
  sizes: {
    entropy: ({ df, scale }) => studentSize(0, df) + Math.abs(Math.log(scale)),
    // the incomplete beta function: see docs/special-functions.md
    cdf: (x, { df, loc, scale }) => 34 / 8 + studentSize((x - loc) / scale, df)
  },
  outside: "every number is inside"
}
