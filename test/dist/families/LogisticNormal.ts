import fc from "fast-check"
import { LogisticNormal } from "../../../src/dist/LogisticNormal.ts"
import { bell, product } from "../laws/Domain.ts"
import { mapped } from "../laws/mapped.ts"
import { type Row, vector } from "../laws/Row.ts"

const softmax = (y: ReadonlyArray<number>): ReadonlyArray<number> => {
  const powers = [...y, 0].map((value) => Math.exp(value - Math.max(...y, 0)))
  const total = powers.reduce((sum, value) => sum + value, 0)
  return powers.map((value) => value / total)
}

interface Parameters {
  readonly [name: string]: ReadonlyArray<number>
  readonly loc: ReadonlyArray<number>
  readonly scale: ReadonlyArray<number>
}

export const logisticNormal: Row<Parameters> = {
  family: "LogisticNormal",
  make: ({ loc, scale }) => LogisticNormal(loc, scale),
  settings: fc.record({ loc: vector(-1, 1, 2), scale: vector(0.4, 1.5, 2) }),
  // the volume of a simplex is Π xⱼ times that of the log ratios
  domain: ({ loc, scale }) =>
    mapped(product(loc.map((center, i) => bell(center, scale[i] ?? 1))), (y) => {
      const point = softmax(y)
      return { point, volume: point.reduce((volume, value) => volume * value, 1) }
    }),
  terms: (x: ReadonlyArray<number>, { loc, scale }) => {
    const last = Math.log(x.at(-1) ?? 1)
    return x.reduce((sum, value, i) => {
      const [log, center, width] = [Math.log(value), loc[i], scale[i]]
      if (center === undefined || width === undefined) return sum + Math.abs(log)
      const z = Math.abs(log - last - center) / width
      const rounding = (Math.abs(log) + Math.abs(last) + Math.abs(center) + 1) / width
      return sum + z * (z + rounding) + Math.abs(Math.log(width)) + Math.abs(log) + 1
    }, 0)
  },
  // 128 × 192 numbers are summed, and the variance is the difference of two such sums
  sizes: { mean: () => 1, variance: () => 1 },
  outside: ({ loc }) => [
    [-0.25, ...loc.map(() => 1.25 / loc.length)],
    [...loc.map(() => 1.5 / loc.length), -0.5]
  ]
}
