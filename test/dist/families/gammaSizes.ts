import { lgamma } from "./lgamma.ts"

/** The sizes of the terms α log β, log Γ(α), (α − 1) log x and βx. */
export const logDensitySize = (a: number, b: number, x: number): number =>
  Math.abs(a * Math.log(b)) + Math.abs(lgamma(a)) + Math.abs((a - 1) * Math.log(x)) + b * x + 1

/** α + log Γ(α) + (1 + α) ψ(α), where |ψ(α)| < |log α| + 1/α + 1. */
export const entropySize = (a: number): number =>
  a + Math.abs(lgamma(a)) + (1 + a) * (Math.abs(Math.log(a)) + 1 / a + 1)

/** The incomplete gamma function is exact to 2e-6 (docs/special-functions.md), 34 half units; its argument's rounding counts with the slope ~α. */
export const cdfSize = (a: number): number => 34 / 8 + a
