import fc from "fast-check"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { values } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

/** One of the two is given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly logits?: number
  readonly probs?: number
}

export const bernoulli: Row<Parameters> = {
  family: "Bernoulli",
  make: ({ logits, probs }) => (probs === undefined ? Bernoulli({ logits: logits ?? 0 }) : Bernoulli({ probs })),
  settings: fc.oneof(fc.record({ logits: number(-3, 3) }), fc.record({ probs: number(0.1, 0.9) })),
  domain: () => values([0, 1]),
  terms: (x: number, { logits = 0, probs }) => {
    const odds = probs === undefined ? logits : Math.log(probs / (1 - probs))
    return Math.abs(x * odds) + Math.max(odds, 0) + 1
  },
  outside: () => [-1, 1e-6, 0.5, 2]
}
