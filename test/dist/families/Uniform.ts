import fc from "fast-check"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const uniform: Row<{ readonly low: number; readonly high: number }> = {
  family: "Uniform",
  make: ({ low, high }) => Uniform(low, high),
  settings: fc.record({ low: number(-2, 0), high: number(0.5, 3) }),
  domain: ({ low, high }) => interval(low, high),
  terms: (_: number, { low, high }) => Math.abs(Math.log(high - low)) + 1,
  sizes: {
    mean: ({ low, high }) => Math.abs(low) + Math.abs(high),
    entropy: ({ low, high }) => Math.abs(Math.log(high - low)) + 1
  },
  outside: ({ low, high }) => [low - 0.01 * (high - low), high + 0.01 * (high - low), 1e9],
  kinks: ({ low, high }) => [low, high]
}
