import fc from "fast-check"
import { HalfCauchy } from "../../../src/dist/HalfCauchy.ts"
import { halfLine } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const halfCauchy: Row<{ readonly scale: number }> = {
  family: "HalfCauchy",
  make: ({ scale }) => HalfCauchy(scale),
  settings: fc.record({ scale: number(0.3, 3) }),
  domain: ({ scale }) => halfLine(scale),
  terms: (x: number, { scale }) => Math.log1p((x / scale) ** 2) + Math.abs(Math.log(scale)) + 2,
  sizes: { entropy: ({ scale }) => Math.abs(Math.log(scale)) + 2 },
  outside: ({ scale }) => [-1e-6 * scale, -scale, -1e6]
}
