import fc from "fast-check"
import { Multinomial } from "../../../src/dist/Multinomial.ts"
import { values } from "../laws/Domain.ts"
import { plain, type Row, vector } from "../laws/Row.ts"
import { devianceTerms, logSoftmax, restTerms, splits } from "./sizes.ts"

/** One of the last two is given. */
interface Parameters {
  readonly [name: string]: number | ReadonlyArray<number> | undefined
  readonly count: number
  readonly logits?: ReadonlyArray<number>
  readonly probs?: ReadonlyArray<number>
}

const logitsOf = ({ logits, probs = [] }: Parameters): ReadonlyArray<number> => logits ?? probs.map(Math.log)
const sizeOf = (given: Parameters): number => Math.max(...logitsOf(given).map(Math.abs)) + 4

export const multinomial: Row<Parameters> = {
  family: "Multinomial",
  make: ({ count, logits, probs }) => {
    if (probs !== undefined) return Multinomial(plain(count), { probs })
    if (logits === undefined) throw new Error("neither logits nor probs are given")
    return Multinomial(plain(count), { logits })
  },
  fixed: ["count"],
  settings: fc.record({ count: fc.integer({ min: 1, max: 6 }), logits: vector(-2, 2, 3) }),
  domain: ({ count, logits = [] }) => values(splits(count, logits.length)),
  terms: (x: ReadonlyArray<number>, given) => {
    const logs = logSoftmax(logitsOf(given))
    const { count } = given
    return x.reduce((sum, k, i) => {
      const log = logs[i] as number
      const mean = count * Math.exp(log)
      // a mean inherits the rounding of its logit
      return sum + devianceTerms(k, mean, Math.log(count) + log) + restTerms(k) + Math.abs(k - mean) * sizeOf(given)
    }, restTerms(count))
  },
  sizes: {
    mean: (given) => given.count * sizeOf(given),
    variance: (given) => given.count * sizeOf(given)
  },
  outside: ({ count, logits, probs = [] }) => {
    const rest = (logits ?? probs).slice(2).map(() => 0)
    return [
      [count + 1, -1, ...rest],
      [count, 1, ...rest],
      [count - 0.5, 0.5, ...rest]
    ]
  }
}
