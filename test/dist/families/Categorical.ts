import fc from "fast-check"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { integers } from "../laws/Domain.ts"
import { type Row, vector } from "../laws/Row.ts"

/** One of the two is given. */
interface Parameters {
  readonly [name: string]: ReadonlyArray<number> | undefined
  readonly logits?: ReadonlyArray<number>
  readonly probs?: ReadonlyArray<number>
}

const labels = ({ logits, probs = [] }: Parameters): number => (logits ?? probs).length

export const categorical: Row<Parameters> = {
  family: "Categorical",
  make: ({ logits, probs }) => {
    if (probs !== undefined) return Categorical({ probs })
    if (logits === undefined) throw new Error("neither logits nor probs are given")
    return Categorical({ logits })
  },
  settings: fc.record({ logits: vector(-2, 2, 4) }),
  domain: (given) => integers(0, labels(given) - 1),
  terms: (_: number, { logits, probs = [] }) => Math.max(...(logits ?? probs.map(Math.log)).map(Math.abs)) + 4,
  // probabilities take the rounding of their logits
  sizes: {
    mean: (given) => labels(given),
    variance: (given) => labels(given) ** 2
  },
  outside: (given) => [-1, -0.5, 0.5, labels(given), labels(given) + 3]
}
