import fc from "fast-check"
import { TruncatedNormal } from "../../../src/dist/TruncatedNormal.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

interface Parameters {
  readonly [name: string]: number
  readonly loc: number
  readonly scale: number
  readonly low: number
  readonly high: number
}

/** The highest point; how far it lies from the mean, and how wide the density is there, in standard deviations. */
const shape = ({ loc, scale, low, high }: Parameters) => {
  const top = Math.min(Math.max(loc, low), high)
  const shift = (top - loc) / scale
  return { top, shift, width: Math.min((high - low) / scale, 1 / (1 + Math.abs(shift))) }
}

const logs = (setting: Parameters): number =>
  Math.abs(Math.log(setting.scale)) + Math.abs(Math.log(shape(setting).width)) + 2

export const truncatedNormal: Row<Parameters> = {
  family: "TruncatedNormal",
  make: ({ loc, scale, low, high }) => TruncatedNormal(loc, scale, low, high),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.5, 3), low: number(-3, -0.5), high: number(0.5, 3) }),
  domain: ({ low, high }) => interval(low, high),
  terms: (x: number, setting) => {
    const { top, shift } = shape(setting)
    const s = Math.abs(x - top) / setting.scale
    return 2 * Math.abs(shift) * s + s ** 2 + logs(setting)
  },
  sizes: {
    mean: (setting) => Math.abs(shape(setting).top) + setting.scale * shape(setting).width,
    entropy: logs
  },
  outside: ({ low, high }) => [
    ...(Number.isFinite(low) ? [low - 0.01 * (1 + Math.abs(low))] : []),
    ...(Number.isFinite(high) ? [high + 0.01 * (1 + Math.abs(high))] : [])
  ],
  kinks: ({ low, high }) => [low, high]
}
