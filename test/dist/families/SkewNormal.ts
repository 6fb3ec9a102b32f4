import fc from "fast-check"
import { SkewNormal } from "../../../src/dist/SkewNormal.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const skewNormal: Row<{ readonly loc: number; readonly scale: number; readonly skewness: number }> = {
  family: "SkewNormal",
  make: ({ loc, scale, skewness }) => SkewNormal(loc, scale, skewness),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.3, 3), skewness: number(-4, 4) }),
  domain: ({ loc, scale }) => line(loc, scale),
  // log Φ(αz) goes as −(αz)²/2 to the left
  terms: (x: number, { loc, scale, skewness }) => {
    const z = (x - loc) / scale
    return z ** 2 + Math.min(0, skewness * z) ** 2 + Math.abs(Math.log(scale)) + 2
  },
  sizes: {
    mean: ({ loc, scale }) => Math.abs(loc) + scale,
    // 1 − 2δ²/π takes the rounding of 1
    variance: ({ scale }) => scale ** 2
  },
  outside: "every number is inside"
}
