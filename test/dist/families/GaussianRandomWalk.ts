import fc from "fast-check"
import { GaussianRandomWalk } from "../../../src/dist/GaussianRandomWalk.ts"
import { bell, product } from "../laws/Domain.ts"
import { mapped } from "../laws/mapped.ts"
import { number, type Row } from "../laws/Row.ts"

const steps = 3

export const gaussianRandomWalk: Row<{ readonly scale: number; readonly loc: number }> = {
  family: "GaussianRandomWalk",
  make: ({ scale, loc }) => GaussianRandomWalk(scale, steps, loc),
  settings: fc.record({ scale: number(0.3, 3), loc: number(-2, 2) }),
  domain: ({ scale, loc }) =>
    mapped(
      product(
        Array.from({ length: steps }, () => bell(0, scale)),
        32
      ),
      (jumps) => {
        let place = loc
        return { point: jumps.map((jump) => (place += jump)), volume: 1 }
      }
    ),
  terms: (x: ReadonlyArray<number>, { scale, loc }) =>
    x.reduce(
      (sum, value, t) => {
        const before = x[t - 1] ?? loc
        const z = Math.abs(value - before) / scale
        return sum + z * (z + (Math.abs(value) + Math.abs(before)) / scale)
      },
      steps * (1 + Math.abs(Math.log(scale)))
    ),
  sizes: { entropy: ({ scale }) => steps * (Math.abs(Math.log(scale)) + 2) },
  outside: "every number is inside"
}
