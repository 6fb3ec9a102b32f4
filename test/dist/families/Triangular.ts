import fc from "fast-check"
import { Triangular } from "../../../src/dist/Triangular.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const triangular: Row<{ readonly low: number; readonly high: number; readonly peak: number }> = {
  family: "Triangular",
  make: ({ low, high, peak }) => Triangular(low, high, peak),
  settings: fc.record({ low: number(-3, -1), high: number(1, 3), peak: number(-0.5, 0.5) }),
  domain: ({ low, high }) => interval(low, high),
  terms: (x: number, { low, high, peak }) => {
    const height = Math.min((x - low) / (peak - low), (high - x) / (high - peak))
    return Math.abs(Math.log(Math.max(height, 1e-30))) + Math.abs(Math.log(high - low)) + 3
  },
  sizes: {
    mean: ({ low, high, peak }) => Math.abs(low) + Math.abs(high) + Math.abs(peak),
    entropy: ({ low, high }) => Math.abs(Math.log(high - low)) + 1
  },
  outside: ({ low, high }) => [low - 0.01 * (high - low), high + 0.01 * (high - low), 1e9],
  kinks: ({ low, high, peak }) => [low, peak, high]
}
