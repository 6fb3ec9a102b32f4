import fc from "fast-check"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const logNormal: Row<{ readonly loc: number; readonly scale: number }> = {
  family: "LogNormal",
  make: ({ loc, scale }) => LogNormal(loc, scale),
  settings: fc.record({ loc: number(-1, 1), scale: number(0.2, 1) }),
  domain: ({ loc }) => halfLine(Math.exp(loc)),
  // z = (log x − loc)/scale inherits the rounding of log x, of relative size |log x|/(scale·z); it counts with the slope |z| of z²/2
  terms: (x: number, { loc, scale }) => {
    const log = Math.log(x)
    const z = (log - loc) / scale
    return z ** 2 + Math.abs(z * log) / scale + Math.abs(log) + Math.abs(Math.log(scale)) + 1
  },
  sizes: {
    // an exponential's relative error is its argument's error
    mean: ({ loc, scale }) => Math.exp(loc + scale ** 2 / 2) * (1 + Math.abs(loc)),
    variance: ({ loc, scale }) => Math.expm1(scale ** 2) * Math.exp(2 * loc + scale ** 2) * (1 + Math.abs(loc)),
    entropy: ({ loc, scale }) => Math.abs(loc) + Math.abs(Math.log(scale)) + 1
  },
  outside: () => [0, -1e-30, -1, -1e6]
}
