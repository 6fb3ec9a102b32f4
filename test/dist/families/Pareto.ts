import fc from "fast-check"
import { Pareto } from "../../../src/dist/Pareto.ts"
import { halfLineFrom } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const pareto: Row<{ readonly scale: number; readonly concentration: number }> = {
  family: "Pareto",
  make: ({ scale, concentration }) => Pareto(scale, concentration),
  settings: fc.record({ scale: number(0.3, 3), concentration: number(2.5, 6) }),
  domain: ({ scale }) => halfLineFrom(scale, scale),
  terms: (x: number, { scale, concentration }) => {
    const logs = Math.abs(Math.log(scale)) + Math.abs(Math.log(concentration))
    return (concentration + 1) * (Math.log(x / scale) + 1) + logs + 1
  },
  sizes: {
    entropy: ({ scale, concentration }) =>
      Math.abs(Math.log(scale)) + Math.abs(Math.log(concentration)) + 1 + 1 / concentration,
    // α log(x/λ) near x = λ takes the rounding of x/λ
    cdf: (x, { scale, concentration }) => (concentration * x) / scale / (1 - (scale / x) ** concentration + 1e-9) + 1
  },
  outside: ({ scale }) => [0.999 * scale, 0, -scale, -1e6],
  kinks: ({ scale }) => [scale]
}
