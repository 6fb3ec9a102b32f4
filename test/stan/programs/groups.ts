import {
  add,
  at,
  Bernoulli,
  Beta,
  BetaBinomial,
  collect,
  Exponential,
  Gamma,
  HalfCauchy,
  HalfNormal,
  LKJCholesky,
  MultivariateNormal,
  mul,
  Normal,
  observe,
  Poisson,
  plate,
  program,
  reshape,
  sample,
  sub,
  type Tensor
} from "../../../src/index.ts"
import { judged } from "../judged.ts"
import { choleskyCorrelation, each, positive, real, unit } from "../ways.ts"

type Scalar = Tensor<readonly []>

export const groups = {
  "eight-schools-centred": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const tau = yield* sample("tau", HalfCauchy(5))
      yield* plate("schools", function* (row: { readonly sigma: Scalar }) {
        yield* observe("y", Normal(yield* sample("theta", Normal(mu, tau)), row.sigma))
      })
    }),
    (of) => ({ schools: { sigma: of.rows("sigma"), y: of.rows("y") } }),
    { mu: real(), tau: positive(), "schools/theta": real(8) }
  ),

  "eight-schools": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const tau = yield* sample("tau", HalfCauchy(5))
      yield* plate("schools", function* (row: { readonly sigma: Scalar }) {
        yield* observe("y", Normal(add(mu, mul(tau, yield* sample("z", Normal(0, 1)))), row.sigma))
      })
    }),
    (of) => ({ schools: { sigma: of.rows("sigma"), y: of.rows("y") } }),
    { mu: real(), tau: positive(), "schools/z": real(8) }
  ),

  pumps: judged(
    program(function* () {
      const alpha = yield* sample("alpha", Exponential(1))
      const beta = yield* sample("beta", Gamma(0.1, 1))
      yield* plate("pumps", function* (row: { readonly time: Scalar }) {
        const rate = yield* sample("rate", Gamma(alpha, beta))
        yield* observe("failures", Poisson({ rate: mul(rate, row.time) }))
      })
    }),
    (of) => ({ pumps: { time: of.rows("time"), failures: of.counts("failures") } }),
    { alpha: positive(), beta: positive(), "pumps/rate": positive(10) }
  ),

  "several-rates": judged(
    program(
      plate("places", function* (row: { readonly time: Scalar }) {
        const rate = yield* sample("rate", Gamma(2, 1))
        yield* observe("count", Poisson({ rate: mul(rate, row.time) }))
      })
    ),
    (of) => ({ places: { time: of.rows("time"), count: of.counts("count") } }),
    { "places/rate": positive(5) }
  ),

  "varying-intercepts": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const tau = yield* sample("tau", HalfNormal(2))
      const a = yield* collect("groups", () => sample("a", Normal(mu, tau)))
      const b = yield* sample("b", Normal(0, 2))
      const sigma = yield* sample("sigma", HalfNormal(2))
      yield* plate("rows", (row: { readonly group: Scalar; readonly x: Scalar }) =>
        observe("y", Normal(add(at(a, row.group), mul(b, row.x)), sigma))
      )
    }),
    (of) => ({ groups: of.number("J"), rows: { group: of.indices("group"), x: of.rows("x"), y: of.rows("y") } }),
    { mu: real(), tau: positive(), "groups/a": real(6), b: real(), sigma: positive() }
  ),

  "known-scale-groups": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 2))
      const a = yield* collect("groups", () => sample("a", Normal(mu, 0.8)))
      yield* plate("rows", (row: { readonly group: Scalar }) => observe("y", Normal(at(a, row.group), 0.5)))
    }),
    (of) => ({ groups: of.number("J"), rows: { group: of.indices("group"), y: of.rows("y") } }),
    { mu: real(), "groups/a": real(5) }
  ),

  crossed: judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 2))
      const tau = yield* sample("tau", Exponential(1))
      const ability = yield* collect("people", () => sample("ability", Normal(0, tau)))
      const difficulty = yield* collect("items", () => sample("difficulty", Normal(mu, 1)))
      yield* plate("answers", (row: { readonly person: Scalar; readonly item: Scalar }) =>
        observe("right", Bernoulli({ logits: sub(at(ability, row.person), at(difficulty, row.item)) }))
      )
    }),
    (of) => ({
      people: of.number("I"),
      items: of.number("J"),
      answers: { person: of.indices("person"), item: of.indices("item"), right: of.booleans("right") }
    }),
    { mu: real(), tau: positive(), "people/ability": real(8), "items/difficulty": real(5) }
  ),

  "slopes-that-vary": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 3).iid(2))
      const tau = yield* sample("tau", Exponential(1).iid(2))
      const L = yield* sample("L", LKJCholesky(2, 2))
      const b = yield* collect("groups", () =>
        sample("b", MultivariateNormal(mu, { scaleTril: mul(reshape(tau, [2, 1]), L) }))
      )
      const sigma = yield* sample("sigma", Exponential(1))
      yield* plate("rows", function* (row: { readonly group: Scalar; readonly x: Scalar }) {
        const own = at(b, row.group)
        yield* observe("y", Normal(add(at(own, 0), mul(at(own, 1), row.x)), sigma))
      })
    }),
    (of) => ({ groups: of.number("J"), rows: { group: of.indices("group"), x: of.rows("x"), y: of.rows("y") } }),
    { mu: real(2), tau: positive(2), L: choleskyCorrelation(2), "groups/b": each(6, real(2)), sigma: positive() }
  ),

  tumours: judged(
    program(function* () {
      const phi = yield* sample("phi", Beta(2, 5))
      const kappa = yield* sample("kappa", Gamma(2, 0.1))
      yield* plate("studies", (row: { readonly n: Scalar }) =>
        observe("y", BetaBinomial(row.n, mul(phi, kappa), mul(sub(1, phi), kappa)))
      )
    }),
    (of) => ({ studies: { n: of.rows("n"), y: of.rows("y", "integerInterval") } }),
    { phi: unit(), kappa: positive() }
  ),

  "classes-in-schools": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const scale = yield* sample("scale", HalfNormal(1).iid(3))
      const u = yield* collect("schools", () => sample("u", Normal(mu, at(scale, 0))))
      const v = yield* collect("classes", (row: { readonly school: Scalar }) =>
        sample("v", Normal(at(u, row.school), at(scale, 1)))
      )
      yield* plate("pupils", (row: { readonly of_class: Scalar }) =>
        observe("y", Normal(at(v, row.of_class), at(scale, 2)))
      )
    }),
    (of) => ({
      schools: of.number("S"),
      classes: { school: of.indices("school") },
      pupils: { of_class: of.indices("of_class"), y: of.rows("y") }
    }),
    { mu: real(), scale: positive(3), "schools/u": real(3), "classes/v": real(6) }
  )
}
