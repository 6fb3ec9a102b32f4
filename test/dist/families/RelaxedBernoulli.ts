import fc from "fast-check"
import { RelaxedBernoulli } from "../../../src/dist/RelaxedBernoulli.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

/** One of logits and probs is given. */
interface Parameters {
  readonly [name: string]: number | undefined
  readonly temperature: number
  readonly logits?: number
  readonly probs?: number
}

export const relaxedBernoulli: Row<Parameters> = {
  family: "RelaxedBernoulli",
  make: ({ temperature, logits, probs }) =>
    probs === undefined
      ? RelaxedBernoulli(temperature, { logits: logits ?? 0 })
      : RelaxedBernoulli(temperature, { probs }),
  // at lower temperatures a part of the draws lies within 6e-8 of 1, where float32 has no numbers for a quadrature
  settings: fc.record({ temperature: number(0.8, 2), logits: number(-1.5, 1.5) }),
  domain: () => interval(0, 1),
  terms: (x: number, { temperature, logits = 0, probs }) => {
    const odds = probs === undefined ? logits : Math.log(probs / (1 - probs))
    const y = Math.log(x) - Math.log1p(-x)
    return (2 + temperature) * Math.abs(y) + Math.abs(odds) + Math.abs(Math.log(temperature)) + 2
  },
  // moments are sums of hundreds of terms that add up to at most 1
  sizes: { mean: () => 1, variance: () => 1 },
  outside: () => [-1, -1e-6, 1.5, 20]
}
