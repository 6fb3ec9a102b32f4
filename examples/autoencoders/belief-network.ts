// A Bayesian network (Pearl's burglar alarm, with the numbers of Russell and Norvig), asked by exact enumeration: nothing is drawn, nothing is trained.
import { Effect } from "effect"
import { add, at, Bernoulli, condition, enumerate, logJoint, mul, observe, program, stack } from "../../src/index.ts"
import { example } from "./run.ts"

const alarm = program(function* () {
  const burglary = yield* enumerate("burglary", Bernoulli({ probs: 0.001 }))
  const earthquake = yield* enumerate("earthquake", Bernoulli({ probs: 0.002 }))
  // the chance of an alarm: without either, with an earthquake, with a burglary, with both
  const chances = stack([0.001, 0.29, 0.94, 0.95])
  const rings = yield* enumerate("rings", Bernoulli({ probs: at(chances, add(mul(2, burglary), earthquake)) }))
  yield* observe("john", Bernoulli({ probs: at(stack([0.05, 0.9]), rings) }))
  yield* observe("mary", Bernoulli({ probs: at(stack([0.01, 0.7]), rings) }))
})

/** All sums over what was not seen. */
const sumsOver = [0, 1].flatMap((b) => [0, 1].flatMap((e) => [0, 1].map((a) => ({ b, e, a }))))
const exact = (holds: (b: number, e: number, a: number) => boolean, john: number, mary: number): number => {
  const chance = (p: number, x: number): number => (x === 1 ? p : 1 - p)
  const joint = ({ b, e, a }: { readonly b: number; readonly e: number; readonly a: number }): number =>
    chance(0.001, b) *
    chance(0.002, e) *
    chance([0.001, 0.29, 0.94, 0.95][2 * b + e] ?? 0, a) *
    chance(a === 1 ? 0.9 : 0.05, john) *
    chance(a === 1 ? 0.7 : 0.01, mary)
  const total = sumsOver.reduce((sum, world) => sum + joint(world), 0)
  return sumsOver.filter(({ b, e, a }) => holds(b, e, a)).reduce((sum, world) => sum + joint(world), 0) / total
}

await example("belief-network", ({ check }) =>
  Effect.gen(function* () {
    for (const [john, mary] of [
      [1, 1],
      [1, 0],
      [0, 1]
    ] as const) {
      const seen = condition(alarm, { john, mary })
      const both = condition(alarm, { burglary: 1, john, mary })
      const found = Math.exp((yield* logJoint(both, {}, {})) - (yield* logJoint(seen, {}, {})))
      check(
        `P(burglary | john ${john}, mary ${mary}) is ${found.toFixed(6)}; its error`,
        Math.abs(found - exact((b) => b === 1, john, mary)),
        "at most",
        1e-5
      )
    }
  })
)
