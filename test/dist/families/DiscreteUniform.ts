import fc from "fast-check"
import { DiscreteUniform } from "../../../src/dist/DiscreteUniform.ts"
import { integers } from "../laws/Domain.ts"
import { plain, type Row } from "../laws/Row.ts"

interface Parameters {
  readonly [name: string]: number
  readonly low: number
  readonly high: number
}

export const discreteUniform: Row<Parameters> = {
  family: "DiscreteUniform",
  make: ({ low, high }) => DiscreteUniform(plain(low), plain(high)),
  fixed: ["low", "high"],
  settings: fc
    .tuple(fc.integer({ min: -5, max: 3 }), fc.integer({ min: 1, max: 8 }))
    .map(([low, width]) => ({ low, high: low + width })),
  domain: ({ low, high }) => integers(low, high),
  terms: (_: number, { low, high }) => Math.log(high - low + 1) + 1,
  outside: ({ low, high }) => [low - 1, low + 0.5, high + 1, high + 9]
}
