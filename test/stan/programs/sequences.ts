import {
  add,
  Beta,
  div,
  Exponential,
  exp,
  Gamma,
  GaussianProcess,
  GaussianRandomWalk,
  HalfNormal,
  InverseGamma,
  Kernel,
  LogNormal,
  mul,
  Normal,
  observe,
  Poisson,
  plate,
  program,
  sample,
  scan,
  sqrt,
  square,
  sub,
  type Tensor,
  Uniform
} from "../../../src/index.ts"
import { judged } from "../judged.ts"
import { between, positive, real, unit } from "../ways.ts"

export const sequences = {
  autoregression: judged(
    program(function* () {
      const phi = yield* sample("phi", Uniform(-1, 1))
      const alpha = yield* sample("alpha", Normal(0, 2))
      const sigma = yield* sample("sigma", Exponential(1))
      yield* scan("steps", { before: 0.25 }, function* ({ before }) {
        return { before: yield* observe("y", Normal(add(alpha, mul(phi, before)), sigma)) }
      })
    }),
    (of) => ({ steps: { y: of.rows("y") } }),
    { phi: between(-1, 1)(), alpha: real(), sigma: positive() }
  ),

  "local-level": judged(
    program(function* () {
      const drift = yield* sample("drift", Exponential(1))
      const noise = yield* sample("noise", Exponential(1))
      yield* scan("steps", { level: 0 }, function* (before) {
        const level = yield* sample("level", Normal(before.level, drift))
        yield* observe("y", Normal(level, noise))
        return { level }
      })
    }),
    (of) => ({ steps: { y: of.rows("y") } }),
    { drift: positive(), noise: positive(), "steps/level": real(12) }
  ),

  garch: judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      const a0 = yield* sample("a0", Exponential(2))
      const a1 = yield* sample("a1", Beta(2, 4))
      const b1 = yield* sample("b1", Beta(3, 3))
      yield* scan("days", { variance: 0.5 }, function* ({ variance }) {
        const y = yield* observe("y", Normal(mu, sqrt(variance)))
        return { variance: add(add(a0, mul(a1, square(sub(y, mu)))), mul(b1, variance)) }
      })
    }),
    (of) => ({ days: { y: of.rows("y") } }),
    { mu: real(), a0: positive(), a1: unit(), b1: unit() }
  ),

  "stochastic-volatility": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(-1, 2))
      const phi = yield* sample("phi", Beta(5, 2))
      const sigma = yield* sample("sigma", Gamma(2, 4))
      yield* scan("days", { h: mu }, function* (before) {
        const h = yield* sample("h", Normal(add(mu, mul(phi, sub(before.h, mu))), sigma))
        yield* observe("y", Normal(0, exp(div(h, 2))))
        return { h }
      })
    }),
    (of) => ({ days: { y: of.rows("y") } }),
    { mu: real(), phi: unit(), sigma: positive(), "days/h": real(12) }
  ),

  "gaussian-process": judged(
    program(function* () {
      const lengthscale = yield* sample("lengthscale", InverseGamma(5, 5))
      const amplitude = yield* sample("amplitude", HalfNormal(2))
      const noise = yield* sample("noise", LogNormal(-1, 0.5))
      yield* plate("curves", (row: { readonly x: Tensor<readonly [10]> }) =>
        observe("y", GaussianProcess(row.x, Kernel.rbf({ lengthscale, amplitude }), noise))
      )
    }),
    (of) => ({ curves: { x: of.vectors("x", 10), y: of.vectors("y", 10) } }),
    { lengthscale: positive(), amplitude: positive(), noise: positive() }
  ),

  "random-walk": judged(
    program(function* () {
      const step = yield* sample("step", Exponential(2))
      const walk = yield* sample("walk", GaussianRandomWalk(step, 10, 0.5))
      yield* plate("walks", () => observe("y", Poisson({ logRate: walk })))
    }),
    (of) => ({ walks: { y: of.countVectors("y", 10) } }),
    { step: positive(), walk: real(10) }
  )
}
