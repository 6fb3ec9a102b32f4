import fc from "fast-check"
import { HalfStudentT } from "../../../src/dist/HalfStudentT.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { studentSize } from "./studentSize.ts"

export const halfStudentT: Row<{ readonly df: number; readonly scale: number }> = {
  family: "HalfStudentT",
  make: ({ df, scale }) => HalfStudentT(df, scale),
  // between 2 and 6 a z-test of the variance would need moments that there are not
  settings: fc.record({ df: fc.oneof(number(0.8, 1.9), number(6, 12)), scale: number(0.3, 3) }),
  domain: ({ scale }) => halfLine(scale),
  terms: (x: number, { df, scale }) => studentSize(x / scale, df) + Math.abs(Math.log(scale)),
  sizes: {
    // ν/(ν − 2) less the square of the mean
    variance: ({ df, scale }) => (df > 2 ? (2 * scale ** 2 * df) / (df - 2) : 0),
    entropy: ({ df, scale }) => studentSize(0, df) + Math.abs(Math.log(scale)),
    // the incomplete beta function: see docs/special-functions.md
    cdf: (x, { df, scale }) => 34 / 8 + studentSize(x / scale, df)
  },
  outside: () => [-1e-3, -1, -100]
}
