import fc from "fast-check"
import { GeneralizedPareto } from "../../../src/dist/GeneralizedPareto.ts"
import { halfLineFrom, interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

interface Parameters {
  readonly [name: string]: number
  readonly loc: number
  readonly scale: number
  readonly concentration: number
}

const end = ({ loc, scale, concentration }: Parameters): number =>
  concentration < 0 ? loc - scale / concentration : Number.POSITIVE_INFINITY

export const generalizedPareto: Row<Parameters> = {
  family: "GeneralizedPareto",
  make: ({ loc, scale, concentration }) => GeneralizedPareto(loc, scale, concentration),
  // from −0.2 on hardly a draw comes near the upper end, which moves fast with the concentration
  settings: fc.record({ loc: number(-1, 1), scale: number(0.5, 2), concentration: number(-0.2, 0.3) }),
  domain: (setting) =>
    end(setting) < 100 ? interval(setting.loc, end(setting)) : halfLineFrom(setting.loc, setting.scale),
  // log(1 + y) inherits the rounding of y = ξz, with the slope 1/(1 + y)
  terms: (x: number, { loc, scale, concentration }) => {
    const z = (x - loc) / scale
    const y = concentration * z
    const log = Math.abs(Math.log1p(y))
    const lost = Math.abs(concentration) < 1e-12 ? z : log / Math.abs(concentration)
    return log + lost + (z + Math.abs(y)) / (1 + y) + Math.abs(Math.log(scale)) + 1
  },
  sizes: {
    mean: ({ loc, scale, concentration }) => Math.abs(loc) + scale / Math.max(1 - concentration, 1e-9),
    entropy: ({ scale, concentration }) => Math.abs(Math.log(scale)) + Math.abs(concentration) + 1
  },
  outside: (setting) => [
    setting.loc - setting.scale,
    -1e6,
    ...(Number.isFinite(end(setting)) ? [end(setting) + 0.01 * (Math.abs(end(setting)) + setting.scale)] : [])
  ],
  kinks: ({ loc }) => [loc]
}
