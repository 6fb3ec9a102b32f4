import {
  add,
  at,
  Bernoulli,
  Beta,
  Binomial,
  Categorical,
  Dirichlet,
  DiscreteUniform,
  Exponential,
  enumerate,
  factor,
  Gamma,
  HiddenMarkovModel,
  ImproperUniform,
  less,
  log,
  Mixture,
  Multinomial,
  mul,
  NegativeBinomial,
  Normal,
  observe,
  Poisson,
  plate,
  program,
  sample,
  stack,
  sub,
  type Tensor,
  where,
  ZeroInflated,
  ZeroInflatedPoisson
} from "../../../src/index.ts"
import { judged } from "../judged.ts"
import { ordered, positive, real, simplex, unit } from "../ways.ts"

type Scalar = Tensor<readonly []>

export const mixtures = {
  "two-normals": judged(
    program(function* () {
      const share = yield* sample("share", Dirichlet(stack([2, 3])))
      const mu = yield* sample("mu", ImproperUniform("ordered", [2]))
      yield* factor("prior of mu", Normal(0, 3).iid(2).logProb(mu))
      const sigma = yield* sample("sigma", Exponential(1).iid(2))
      yield* plate("rows", function* () {
        const k = yield* enumerate("k", Categorical({ probs: share }))
        yield* observe("y", Normal(at(mu, k), at(sigma, k)))
      })
    }),
    (of) => ({ rows: { y: of.rows("y") } }),
    { share: simplex(2), mu: ordered(2), sigma: positive(2) }
  ),

  "three-rates": judged(
    program(function* () {
      const share = yield* sample("share", Dirichlet(stack([1, 2, 3])))
      const rate = yield* sample("rate", Gamma(2, 0.3).iid(3))
      yield* plate("rows", () => observe("y", Mixture({ probs: share }, Poisson({ rate }))))
    }),
    (of) => ({ rows: { y: of.counts("y") } }),
    { share: simplex(3), rate: positive(3) }
  ),

  "zero-inflated-poisson": judged(
    program(function* () {
      const gate = yield* sample("gate", Beta(2, 2))
      const alpha = yield* sample("alpha", Normal(0, 1))
      const beta = yield* sample("beta", Normal(0, 1))
      yield* plate("rows", (row: { readonly x: Scalar }) =>
        observe("y", ZeroInflatedPoisson({ logRate: add(alpha, mul(beta, row.x)) }, { probs: gate }))
      )
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.counts("y") } }),
    { gate: unit(), alpha: real(), beta: real() }
  ),

  "zero-inflated-negative-binomial": judged(
    program(function* () {
      const gate = yield* sample("gate", Normal(0, 1.5))
      const mean = yield* sample("mean", Gamma(2, 0.5))
      const phi = yield* sample("phi", Gamma(2, 1))
      yield* plate("rows", () => observe("y", ZeroInflated(NegativeBinomial({ count: phi, mean }), { logits: gate })))
    }),
    (of) => ({ rows: { y: of.counts("y") } }),
    { gate: real(), mean: positive(), phi: positive() }
  ),

  "hidden-markov": judged(
    program(function* () {
      const [first, second] = [
        yield* sample("first", Dirichlet(stack([4, 2]))),
        yield* sample("second", Dirichlet(stack([2, 4])))
      ]
      const mu = yield* sample("mu", ImproperUniform("ordered", [2]))
      yield* factor("prior of mu", Normal(0, 2).iid(2).logProb(mu))
      const sigma = yield* sample("sigma", Exponential(1))
      const chain = { initial: stack([0, 0]), transition: log(stack([first, second])), steps: 15 } as const
      yield* plate("sequences", () => observe("y", HiddenMarkovModel(chain, Normal(mu, sigma))))
    }),
    (of) => ({ sequences: { y: of.vectors("y", 15) } }),
    { first: simplex(2), second: simplex(2), mu: ordered(2), sigma: positive() }
  ),

  "hidden-coins": judged(
    program(function* () {
      const stay = yield* sample("stay", Beta(4, 2))
      const heads = yield* sample("heads", Beta(2, 3).iid(2))
      yield* plate("sequences", function* (row: { readonly y: Tensor<readonly [15]> }) {
        let state = yield* enumerate("state0", Bernoulli({ probs: 0.5 }))
        yield* observe("y0", Bernoulli({ probs: at(heads, state) }), at(row.y, 0))
        for (let t = 1; t < 15; t++) {
          const probs = add(mul(state, stay), mul(sub(1, state), sub(1, stay)))
          state = yield* enumerate(`state${t}`, Bernoulli({ probs }))
          yield* observe(`y${t}`, Bernoulli({ probs: at(heads, state) }), at(row.y, t))
        }
      })
    }),
    (of) => ({ sequences: { y: of.vectors("y", 15) } }),
    { stay: unit(), heads: unit(2) }
  ),

  "change-point": judged(
    program(function* () {
      const early = yield* sample("early", Exponential(0.5))
      const late = yield* sample("late", Exponential(0.5))
      const change = yield* enumerate("change", DiscreteUniform(1, 12))
      yield* plate("years", (row: { readonly t: Scalar }) =>
        observe("y", Poisson({ rate: where(less(row.t, change), early, late) }))
      )
    }),
    (of) => ({ years: { t: of.positions(12), y: of.counts("y") } }),
    { early: positive(), late: positive() }
  ),

  occupancy: judged(
    program(function* () {
      const psi = yield* sample("psi", Beta(1, 1))
      const p = yield* sample("p", Beta(2, 2))
      yield* plate("sites", function* () {
        const here = yield* enumerate("here", Bernoulli({ probs: psi }))
        yield* observe("y", Binomial(5, { probs: mul(here, p) }))
      })
    }),
    (of) => ({ sites: { y: of.rows("y", "integerInterval") } }),
    { psi: unit(), p: unit() }
  ),

  votes: judged(
    program(function* () {
      const share = yield* sample("share", Dirichlet(stack([2, 2, 2])))
      yield* plate("towns", () => observe("votes", Multinomial(8, { probs: share })))
    }),
    (of) => ({ towns: { votes: of.countVectors("votes", 3) } }),
    { share: simplex(3) }
  ),

  labels: judged(
    program(function* () {
      const weight = yield* sample("weight", Gamma(3, 2).iid(4))
      const share = yield* sample("share", Dirichlet(weight))
      yield* plate("rows", () => observe("y", Categorical({ probs: share })))
    }),
    (of) => ({ rows: { y: of.indices("y") } }),
    { weight: positive(4), share: simplex(4) }
  ),

  coin: judged(
    program(function* () {
      const theta = yield* sample("theta", Beta(2, 3))
      yield* plate("throws", () => observe("y", Bernoulli({ probs: theta })))
    }),
    (of) => ({ throws: { y: of.booleans("y") } }),
    { theta: unit() }
  )
}
