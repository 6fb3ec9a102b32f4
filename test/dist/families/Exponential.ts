import fc from "fast-check"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const exponential: Row<{ readonly rate: number }> = {
  family: "Exponential",
  make: ({ rate }) => Exponential(rate),
  settings: fc.record({ rate: number(0.2, 3) }),
  domain: ({ rate }) => halfLine(1 / rate),
  terms: (x: number, { rate }) => rate * x + Math.abs(Math.log(rate)) + 1,
  sizes: { entropy: ({ rate }) => Math.abs(Math.log(rate)) + 1 },
  outside: ({ rate }) => [-1e-6 / rate, -1 / rate, -1e6]
}
