import fc from "fast-check"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { values } from "../laws/Domain.ts"
import { type Row, vector } from "../laws/Row.ts"

/** One of the two is given. */
interface Parameters {
  readonly [name: string]: ReadonlyArray<number> | undefined
  readonly logits?: ReadonlyArray<number>
  readonly probs?: ReadonlyArray<number>
}

export const oneHotCategorical: Row<Parameters> = {
  family: "OneHotCategorical",
  make: ({ logits, probs }) => {
    if (probs !== undefined) return OneHotCategorical({ probs })
    if (logits === undefined) throw new Error("neither logits nor probs are given")
    return OneHotCategorical({ logits })
  },
  settings: fc.record({ logits: vector(-2, 2, 4) }),
  domain: ({ logits = [] }) => values(logits.map((_, i) => logits.map((_, j) => (i === j ? 1 : 0)))),
  terms: (_: ReadonlyArray<number>, { logits, probs = [] }) =>
    Math.max(...(logits ?? probs.map(Math.log)).map(Math.abs)) + 4,
  // π(1 − π) takes the rounding of π near 1
  sizes: { variance: () => 1 },
  outside: ({ logits, probs = [] }) => {
    const n = (logits ?? probs).length
    const vector = (...values: ReadonlyArray<number>) => [...values, ...Array<number>(n - values.length).fill(0)]
    return [vector(), vector(1, 1), vector(0.5, 0.5), vector(2), vector(2, -1)]
  }
}
