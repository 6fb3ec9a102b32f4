import {
  add,
  Exponential,
  Gamma,
  HalfCauchy,
  InverseGamma,
  imputed,
  LKJCholesky,
  LowRankMultivariateNormal,
  type Missing,
  MultivariateNormal,
  MultivariateStudentT,
  marginal,
  mul,
  Normal,
  observe,
  plate,
  program,
  reshape,
  sample,
  stack,
  type Tensor
} from "../../../src/index.ts"
import { judged } from "../judged.ts"
import { atPlaces, choleskyCorrelation, positive, real } from "../ways.ts"

type Scalar = Tensor<readonly []>

export const vectors = {
  correlated: judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 3).iid(3))
      const tau = yield* sample("tau", HalfCauchy(2).iid(3))
      const L = yield* sample("L", LKJCholesky(3, 1.5))
      yield* plate("rows", () => observe("y", MultivariateNormal(mu, { scaleTril: mul(reshape(tau, [3, 1]), L) })))
    }),
    (of) => ({ rows: { y: of.vectors("y", 3) } }),
    { mu: real(3), tau: positive(3), L: choleskyCorrelation(3) }
  ),

  "correlated-robust": judged(
    program(function* () {
      const nu = yield* sample("nu", Gamma(2, 0.1))
      const mu = yield* sample("mu", Normal(0, 3).iid(3))
      const root = stack([stack([1, 0, 0]), stack([0.5, 0.75, 0]), stack([-0.25, 0.25, 0.875])])
      yield* plate("rows", () => observe("y", MultivariateStudentT(nu, mu, root)))
    }),
    (of) => ({ rows: { y: of.vectors("y", 3) } }),
    { nu: positive(), mu: real(3) }
  ),

  "one-factor": judged(
    program(function* () {
      const loading = yield* sample("loading", Normal(0, 1).iid(4))
      const uniqueness = yield* sample("uniqueness", InverseGamma(3, 2).iid(4))
      yield* plate("rows", () => observe("y", LowRankMultivariateNormal(0, reshape(loading, [4, 1]), uniqueness)))
    }),
    (of) => ({ rows: { y: of.vectors("y", 4) } }),
    { loading: real(4), uniqueness: positive(4) }
  ),

  "missing-numbers": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 3).iid(3))
      const tau = yield* sample("tau", Exponential(1).iid(3))
      const L = yield* sample("L", LKJCholesky(3, 2))
      const normal = MultivariateNormal(mu, { scaleTril: mul(reshape(tau, [3, 1]), L) })
      yield* plate("rows", (row: { readonly y: Missing<Tensor<readonly [3]>> }) => marginal("y", normal, row.y))
    }),
    (of) => ({ rows: { y: of.withHoles("y", of.list("seen"), [3]) } }),
    { mu: real(3), tau: positive(3), L: choleskyCorrelation(3) }
  ),

  "missing-covariate": judged(
    program(function* () {
      const mu = yield* sample("mu", Normal(0, 2))
      const tau = yield* sample("tau", Exponential(1))
      const alpha = yield* sample("alpha", Normal(0, 2))
      const beta = yield* sample("beta", Normal(0, 2))
      const sigma = yield* sample("sigma", Exponential(1))
      yield* plate("rows", function* (row: { readonly x: Missing<Scalar> }) {
        const x = yield* imputed("x", Normal(mu, tau), row.x)
        yield* observe("y", Normal(add(alpha, mul(beta, x)), sigma))
      })
    }),
    (of) => {
      const holes = of.list("hole")
      const seen = of.list("x").map((_, i) => (holes.includes(i + 1) ? 0 : 1))
      return { rows: { x: of.withHoles("x", seen, []), y: of.rows("y") } }
    },
    {
      mu: real(),
      tau: positive(),
      alpha: real(),
      beta: real(),
      sigma: positive(),
      "rows/x.missing": atPlaces([2, 7, 8, 16], 20)
    }
  )
}
