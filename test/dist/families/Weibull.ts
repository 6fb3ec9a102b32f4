import fc from "fast-check"
import { Weibull } from "../../../src/dist/Weibull.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const weibull: Row<{ readonly scale: number; readonly concentration: number }> = {
  family: "Weibull",
  make: ({ scale, concentration }) => Weibull(scale, concentration),
  settings: fc.record({ scale: number(0.3, 3), concentration: number(1.1, 4) }),
  domain: ({ scale }) => halfLine(scale),
  // (x/λ)ᵏ = e^(k log(x/λ)) inherits the rounding of its exponent
  terms: (x: number, { scale, concentration }) => {
    const log = Math.log(x / scale)
    const power = Math.exp(concentration * log)
    const logs = Math.abs(Math.log(scale)) + Math.abs(Math.log(concentration))
    return (
      Math.abs(concentration - 1) * (Math.abs(log) + 1) + power * (1 + concentration * (Math.abs(log) + 1)) + logs + 1
    )
  },
  sizes: {
    // the difference of E[x²] ≤ 2λ² and E[x]², for a concentration above 1
    variance: ({ scale, concentration }) => (concentration < 1 ? 0 : 2 * scale ** 2),
    entropy: ({ scale, concentration }) => Math.abs(Math.log(scale)) + Math.abs(Math.log(concentration)) + 2
  },
  outside: ({ scale }) => [0, -1e-6 * scale, -scale, -1e6]
}
