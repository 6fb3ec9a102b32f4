import fc from "fast-check"
import { ContinuousBernoulli } from "../../../src/dist/ContinuousBernoulli.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

/** One of the two is given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly logits?: number
  readonly probs?: number
}

const size = ({ logits = 0, probs }: Parameters): number =>
  Math.abs(probs === undefined ? logits : Math.log(probs / (1 - probs))) + 2

export const continuousBernoulli: Row<Parameters> = {
  family: "ContinuousBernoulli",
  make: ({ logits, probs }) =>
    probs === undefined ? ContinuousBernoulli({ logits: logits ?? 0 }) : ContinuousBernoulli({ probs }),
  settings: fc.oneof(fc.record({ logits: number(-3, 3) }), fc.record({ probs: number(0.1, 0.9) })),
  domain: () => interval(0, 1),
  terms: (_: number, setting) => size(setting),
  sizes: {
    // as numbers between 0 and 1: a difference of 1/(1 − e^−λ) and 1/λ
    mean: () => 1,
    // 1/λ² less ¼/sinh²(½λ), for all but small λ
    variance: (setting) => Math.min(0.25, 1 / (size(setting) - 2) ** 2),
    entropy: size
  },
  outside: () => [-0.1, -1e-6, 1.000001, 2],
  kinks: () => [0, 1]
}
