import fc from "fast-check"
import { Chi2 } from "../../../src/dist/Chi2.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { cdfSize, entropySize, logDensitySize } from "./gammaSizes.ts"

export const chi2: Row<{ readonly df: number }> = {
  family: "Chi2",
  make: ({ df }) => Chi2(df),
  settings: fc.record({ df: number(1.2, 10) }),
  domain: ({ df }) => halfLine(df),
  terms: (x: number, { df }) => logDensitySize(df / 2, 0.5, x),
  sizes: { entropy: ({ df }) => entropySize(df / 2) + 1, cdf: (_, { df }) => cdfSize(df / 2) },
  outside: () => [-1e-3, -1, -100]
}
