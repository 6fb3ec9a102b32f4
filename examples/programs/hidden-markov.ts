// A hidden Markov model in two ways: as one distribution, and as a loop whose states are summed out along the chain.
import {
  add,
  at,
  Bernoulli,
  Beta,
  Data,
  enumerate,
  HiddenMarkovModel,
  log,
  mul,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  stack,
  sub,
  type Tensor
} from "../../src/index.ts"
import { compare, expectations, grid, logNormal, logSumExp, moments, momentsOf, product, settled } from "./answers.ts"

const ys = [-0.9, -1.3, -0.4, 0.6, 1.2, 0.9, 0.1, -0.7, -1.1, -0.5]
const whole = program(function* () {
  const stay = yield* sample("stay", Beta(4, 2))
  const row = stack([log(stay), log(sub(1, stay))])
  const transition = stack([row, stack([log(sub(1, stay)), log(stay)])])
  const hidden = HiddenMarkovModel({ initial: stack([0, 0]), transition, steps: 10 }, Normal(stack([-1, 1]), 0.7))
  yield* plate("sequences", () => observe("y", hidden))
}).guide(() => ({ stay: Beta(param.positive("a", 4), param.positive("b", 2)) }))

const stepwise = program(function* () {
  const stay = yield* sample("stay", Beta(4, 2))
  yield* plate("sequences", function* (row: { y: Tensor<[10]> }) {
    let state = yield* enumerate("state0", Bernoulli({ probs: 0.5 }))
    yield* observe("y0", Normal(sub(mul(2, state), 1), 0.7), at(row.y, 0))
    for (let t = 1; t < 10; t++) {
      state = yield* enumerate(
        `state${t}`,
        Bernoulli({ probs: add(mul(state, stay), mul(sub(1, state), sub(1, stay))) })
      )
      yield* observe(`y${t}`, Normal(sub(mul(2, state), 1), 0.7), at(row.y, t))
    }
  })
}).guide(() => ({ stay: Beta(param.positive("a", 4), param.positive("b", 2)) }))

const data = { sequences: { y: Data.of(ys, [10]) } }
const one = await whole.fitPromise(data, settled(600, 0.05))
const two = await stepwise.fitPromise(data, settled(600, 0.05))

// Brute force: all 1024 ways through the states, for each of 400 chances.
const ways = product(...ys.map(() => [0, 1])).map((states) => ({
  stays: states.filter((s, t) => t > 0 && s === states[t - 1]).length,
  log: states.reduce((log, s, t) => log + logNormal(ys[t] ?? 0, 2 * s - 1, 0.7), Math.log(0.5))
}))
const moves = ys.length - 1
const chances = grid(0, 1, 400)
const exact = expectations(
  chances,
  (p) =>
    3 * Math.log(p) +
    Math.log(1 - p) +
    Math.log(20) +
    logSumExp(ways.map(({ stays, log }) => log + stays * Math.log(p) + (moves - stays) * Math.log(1 - p)))
)
const known = exact.of((p) => p)
const evidence = exact.logSum - Math.log(chances.length)
compare("Hidden Markov model: the chance that a state stays", [
  ...moments("stay, one distribution", momentsOf((await one.sample(20_000)).stay.values), known, 0.05),
  ...moments("stay, step by step", momentsOf((await two.sample(20_000)).stay.values), known, 0.05),
  { quantity: "log p(y)", found: await one.logMarginal(data, { particles: 2000 }), known: evidence, within: 0.01 },
  {
    quantity: "log p(y), step by step",
    found: await two.logMarginal(data, { particles: 2000 }),
    known: evidence,
    within: 0.01
  }
])
