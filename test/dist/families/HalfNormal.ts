import fc from "fast-check"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const halfNormal: Row<{ readonly scale: number }> = {
  family: "HalfNormal",
  make: ({ scale }) => HalfNormal(scale),
  settings: fc.record({ scale: number(0.3, 3) }),
  domain: ({ scale }) => halfLine(scale),
  terms: (x: number, { scale }) => (x / scale) ** 2 + Math.abs(Math.log(scale)) + 1,
  sizes: { entropy: ({ scale }) => Math.abs(Math.log(scale)) + 1 },
  outside: ({ scale }) => [-1e-6 * scale, -scale, -1e6]
}
