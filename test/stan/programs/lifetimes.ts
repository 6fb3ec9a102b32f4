import {
  add,
  at,
  Censored,
  Chi2,
  Exponential,
  exp,
  Gamma,
  Gumbel,
  InverseGamma,
  LogNormal,
  mul,
  Normal,
  observe,
  Pareto,
  plate,
  program,
  sample,
  sqrt,
  type Tensor,
  Truncated,
  Uniform,
  VonMises,
  Weibull
} from "../../../src/index.ts"
import { type Given, judged } from "../judged.ts"
import { between, positive, real } from "../ways.ts"

type Scalar = Tensor<readonly []>
/** The end of the time in which a row was looked at: nothing cuts off a time that was seen to its end. */
const ends = (of: Given) => {
  const cut = of.list("cut")
  return of.made(
    of.list("time").map((time, i) => (cut[i] === 1 ? time : Number.POSITIVE_INFINITY)),
    "extendedReal"
  )
}

export const lifetimes = {
  "exponential-survival": judged(
    program(function* () {
      const hazard = yield* sample("hazard", Gamma(1, 10).iid(2))
      yield* plate("patients", (row: { readonly drug: Scalar; readonly end: Scalar }) =>
        observe("time", Censored(Exponential(at(hazard, row.drug)), 0, row.end))
      )
    }),
    (of) => ({ patients: { drug: of.indices("drug"), end: ends(of), time: of.rows("time", "interval") } }),
    { hazard: positive(2) }
  ),

  "weibull-survival": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(2, 2))
      const beta = yield* sample("beta", Normal(0, 1))
      const shape = yield* sample("shape", Gamma(4, 3))
      yield* plate("patients", (row: { readonly x: Scalar; readonly end: Scalar }) =>
        observe("time", Censored(Weibull(exp(add(alpha, mul(beta, row.x))), shape), 0, row.end))
      )
    }),
    (of) => ({ patients: { x: of.rows("x"), end: ends(of), time: of.rows("time", "interval") } }),
    { alpha: real(), beta: real(), shape: positive() }
  ),

  "censored-normal": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 3))
      const sigma = yield* sample("sigma", Exponential(1))
      yield* plate("rows", () => observe("y", Censored(Normal(mu, sigma), 0, Infinity)))
    }),
    (of) => ({ rows: { y: of.rows("y", "interval") } }),
    { mu: real(), sigma: positive() }
  ),

  "truncated-normal": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 2))
      const sigma = yield* sample("sigma", Exponential(1))
      yield* plate("rows", () => observe("y", Truncated(Normal(mu, sigma), -1, 2)))
    }),
    (of) => ({ rows: { y: of.rows("y", "interval") } }),
    { mu: real(), sigma: positive() }
  ),

  "annual-maxima": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(3, 2))
      const beta = yield* sample("beta", LogNormal(0, 1))
      yield* plate("years", () => observe("y", Gumbel(mu, beta)))
    }),
    (of) => ({ years: { y: of.rows("y") } }),
    { mu: real(), beta: positive() }
  ),

  incomes: judged(
    program(function* () {
      const alpha = yield* sample("alpha", Chi2(3))
      yield* plate("people", () => observe("y", Pareto(1, alpha)))
    }),
    (of) => ({ people: { y: of.rows("y", "interval") } }),
    { alpha: positive() }
  ),

  directions: judged(
    program(function* () {
      const mu = yield* sample("mu", Uniform(-Math.PI, Math.PI))
      const kappa = yield* sample("kappa", Gamma(2, 0.5))
      yield* plate("rows", () => observe("y", VonMises(mu, kappa)))
    }),
    (of) => ({ rows: { y: of.made(of.list("y"), "circle") } }),
    { mu: between(-Math.PI, Math.PI)(), kappa: positive() }
  ),

  "normal-unknown-both": judged(
    program(function* () {
      const variance = yield* sample("variance", InverseGamma(3, 2))
      const sigma = sqrt(variance)
      const mu = yield* sample("mu", Normal(0, sigma))
      yield* plate("rows", () => observe("y", Normal(mu, sigma)))
    }),
    (of) => ({ rows: { y: of.rows("y") } }),
    { variance: positive(), mu: real() }
  )
}
