import fc from "fast-check"
import { InverseGamma } from "../../../src/dist/InverseGamma.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { cdfSize, entropySize, logDensitySize } from "./gammaSizes.ts"

export const inverseGamma: Row<{ readonly concentration: number; readonly scale: number }> = {
  family: "InverseGamma",
  make: ({ concentration, scale }) => InverseGamma(concentration, scale),
  // between 2 and 6 a z-test of the variance would need moments that there are not
  settings: fc.record({ concentration: fc.oneof(number(0.7, 1.9), number(6, 9)), scale: number(0.3, 3) }),
  domain: ({ concentration, scale }) => halfLine(scale / concentration),
  terms: (x: number, { concentration, scale }) =>
    logDensitySize(concentration, scale, 1 / x) + 2 * Math.abs(Math.log(x)),
  sizes: {
    entropy: ({ concentration, scale }) => entropySize(concentration) + Math.abs(Math.log(scale)),
    // to the left the slope of the upper tail counts, which is that of its exponent
    cdf: (x, { concentration, scale }) => cdfSize(concentration) + scale / x
  },
  outside: () => [0, -1e-3, -1, -100]
}
