import fc from "fast-check"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { cdfSize, entropySize, logDensitySize } from "./gammaSizes.ts"

export const gamma: Row<{ readonly concentration: number; readonly rate: number }> = {
  family: "Gamma",
  make: ({ concentration, rate }) => Gamma(concentration, rate),
  settings: fc.record({ concentration: number(0.6, 5), rate: number(0.3, 3) }),
  domain: ({ concentration, rate }) => halfLine(concentration / rate),
  terms: (x: number, { concentration, rate }) => logDensitySize(concentration, rate, x),
  sizes: {
    entropy: ({ concentration, rate }) => entropySize(concentration) + Math.abs(Math.log(rate)),
    cdf: (_, { concentration }) => cdfSize(concentration)
  },
  outside: () => [-1e-3, -1, -100]
}
