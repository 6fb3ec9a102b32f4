import fc from "fast-check"
import { RelaxedOneHotCategorical } from "../../../src/dist/RelaxedOneHotCategorical.ts"
import { type Domain, interval, product } from "../laws/Domain.ts"
import { number, type Row, vector } from "../laws/Row.ts"
import { scalarOf } from "../laws/scalarOf.ts"

/** One of logits and probs is given. */
interface Parameters {
  readonly [name: string]: number | ReadonlyArray<number> | undefined
  readonly temperature: number
  readonly logits?: ReadonlyArray<number>
  readonly probs?: ReadonlyArray<number>
}

/** Points of three numbers that add up to 1, from two that break the stick. */
const triangle = (): Domain => {
  const { points, weights } = product([interval(0, 1), interval(0, 1)], 8)
  const sticks = points as ReadonlyArray<readonly [number, number]>
  return {
    kind: "density",
    points: sticks.map(([a, b]) => [a, (1 - a) * b, (1 - a) * (1 - b)].map(Math.fround)),
    weights: weights.map((weight, i) => weight * (1 - (sticks[i]?.[0] ?? 0)))
  }
}

export const relaxedOneHotCategorical: Row<Parameters> = {
  family: "RelaxedOneHotCategorical",
  ofOneEvent: true,
  make: ({ temperature, logits, probs }) => {
    if (probs !== undefined) return RelaxedOneHotCategorical(scalarOf(temperature), { probs })
    if (logits === undefined) throw new Error("neither logits nor probs are given")
    return RelaxedOneHotCategorical(scalarOf(temperature), { logits })
  },
  // at lower temperatures a part of the draws lies within 6e-8 of a corner, where float32 has no numbers for a quadrature
  settings: fc.record({ temperature: number(0.8, 2), logits: vector(-1, 1, 3) }),
  domain: triangle,
  terms: (x: ReadonlyArray<number>, { temperature, logits, probs = [] }) => {
    const given = logits ?? probs.map(Math.log)
    const logs = x.map((each) => Math.abs(Math.log(each)))
    const sum = (xs: ReadonlyArray<number>): number => xs.reduce((total, each) => total + each, 0)
    return (
      (2 + temperature) * sum(logs) +
      x.length * (Math.max(...given.map(Math.abs)) + temperature * Math.max(...logs) + 3)
    )
  },
  // moments are sums of thousands of terms that add up to at most 1
  sizes: { mean: () => 2, variance: () => 2 },
  outside: ({ logits, probs = [] }) => {
    const rest = (logits ?? probs).slice(2).map(() => 0)
    return [
      [-0.5, 1.5, ...rest],
      [2, -1, ...rest]
    ]
  }
}
