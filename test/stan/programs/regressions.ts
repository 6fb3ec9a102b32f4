import {
  add,
  Bernoulli,
  Beta,
  Binomial,
  Categorical,
  Cauchy,
  dot,
  Exponential,
  exp,
  factor,
  Gamma,
  HalfCauchy,
  HalfNormal,
  HalfStudentT,
  ImproperUniform,
  InverseGamma,
  Laplace,
  Logistic,
  LogNormal,
  log,
  mul,
  NegativeBinomial,
  Normal,
  neg,
  OrderedLogistic,
  observe,
  Poisson,
  plate,
  program,
  SkewNormal,
  StudentT,
  sample,
  sigmoid,
  stack,
  sub,
  type Tensor
} from "../../../src/index.ts"
import { judged } from "../judged.ts"
import { ordered, positive, real } from "../ways.ts"

type Scalar = Tensor<readonly []>
type Line = { readonly x: Scalar }
type Vector<N extends number> = { readonly x: Tensor<readonly [N]> }

/** An intercept and a slope at the number x of a row. */
const line = (row: Line, a: Scalar, b: Scalar) => add(a, mul(b, row.x))

export const regressions = {
  "linear-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(0, 5))
      const beta = yield* sample("beta", Normal(0, 2).iid(3))
      const sigma = yield* sample("sigma", Exponential(1))
      yield* plate("rows", (row: Vector<3>) => observe("y", Normal(add(alpha, dot(row.x, beta)), sigma)))
    }),
    (of) => ({ rows: { x: of.vectors("x", 3), y: of.rows("y") } }),
    { alpha: real(), beta: real(3), sigma: positive() }
  ),

  "known-noise-regression": judged(
    program(function* () {
      const beta = yield* sample("beta", Normal(0, 2).iid(3))
      yield* plate("rows", (row: Vector<3>) => observe("y", Normal(dot(row.x, beta), 0.7)))
    }),
    (of) => ({ rows: { x: of.vectors("x", 3), y: of.rows("y") } }),
    { beta: real(3) }
  ),

  "robust-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(0, 5))
      const beta = yield* sample("beta", Normal(0, 5))
      const sigma = yield* sample("sigma", HalfCauchy(2))
      const nu = yield* sample("nu", Gamma(2, 0.1))
      yield* plate("rows", function* (row: Line) {
        yield* observe("y", StudentT(nu, line(row, alpha, beta), sigma))
      })
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.rows("y") } }),
    { alpha: real(), beta: real(), sigma: positive(), nu: positive() }
  ),

  "logistic-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", StudentT(3, 0, 2.5))
      const beta = yield* sample("beta", Normal(0, 2).iid(2))
      yield* plate("rows", (row: Vector<2>) => observe("y", Bernoulli({ logits: add(alpha, dot(row.x, beta)) })))
    }),
    (of) => ({ rows: { x: of.vectors("x", 2), y: of.booleans("y") } }),
    { alpha: real(), beta: real(2) }
  ),

  "poisson-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(0, 2))
      const beta = yield* sample("beta", Normal(0, 1))
      yield* plate("rows", function* (row: Line & { readonly exposure: Scalar }) {
        yield* observe("y", Poisson({ logRate: add(line(row, alpha, beta), log(row.exposure)) }))
      })
    }),
    (of) => ({ rows: { x: of.rows("x"), exposure: of.rows("exposure"), y: of.counts("y") } }),
    { alpha: real(), beta: real() }
  ),

  "negative-binomial": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(0, 2))
      const beta = yield* sample("beta", Normal(0, 1))
      const phi = yield* sample("phi", Exponential(0.5))
      yield* plate("rows", function* (row: Line) {
        yield* observe("y", NegativeBinomial({ count: phi, mean: exp(line(row, alpha, beta)) }))
      })
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.counts("y") } }),
    { alpha: real(), beta: real(), phi: positive() }
  ),

  "dose-response": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Cauchy(0, 10))
      const beta = yield* sample("beta", Cauchy(0, 2.5))
      yield* plate("groups", function* (row: Line & { readonly n: Scalar }) {
        yield* observe("died", Binomial(row.n, { logits: line(row, alpha, beta) }))
      })
    }),
    (of) => ({ groups: { x: of.rows("dose"), n: of.rows("n"), died: of.rows("died", "integerInterval") } }),
    { alpha: real(), beta: real() }
  ),

  "ordered-logistic": judged(
    program(function* () {
      const beta = yield* sample("beta", Normal(0, 2))
      const c = yield* sample("c", ImproperUniform("ordered", [3]))
      yield* factor("prior of c", Normal(0, 3).iid(3).logProb(c))
      yield* plate("rows", (row: Line) => observe("y", OrderedLogistic(mul(beta, row.x), c)))
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.indices("y") } }),
    { beta: real(), c: ordered(3) }
  ),

  "softmax-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(0, 1).iid(3))
      const [first, second, third] = [
        yield* sample("first", Normal(0, 1).iid(2)),
        yield* sample("second", Normal(0, 1).iid(2)),
        yield* sample("third", Normal(0, 1).iid(2))
      ]
      yield* plate("rows", function* ({ x }: Vector<2>) {
        const slopes = stack([dot(first, x), dot(second, x), dot(third, x)])
        yield* observe("y", Categorical({ logits: add(alpha, slopes) }))
      })
    }),
    (of) => ({ rows: { x: of.vectors("x", 2), y: of.indices("y") } }),
    { alpha: real(3), first: real(2), second: real(2), third: real(2) }
  ),

  "two-scales": judged(
    program(function* () {
      const [a, b] = [yield* sample("a", Normal(0, 1)), yield* sample("b", Normal(0, 1))]
      const [c, d] = [yield* sample("c", Normal(0, 1)), yield* sample("d", Normal(0, 1))]
      yield* plate("rows", function* (row: Line) {
        yield* observe("y", Normal(line(row, a, b), exp(line(row, c, d))))
      })
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.rows("y") } }),
    { a: real(), b: real(), c: real(), d: real() }
  ),

  "gamma-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(0, 2))
      const beta = yield* sample("beta", Normal(0, 1))
      const shape = yield* sample("shape", InverseGamma(3, 4))
      yield* plate("rows", function* (row: Line) {
        yield* observe("y", Gamma(shape, mul(shape, exp(neg(line(row, alpha, beta))))))
      })
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.rows("y", "positive") } }),
    { alpha: real(), beta: real(), shape: positive() }
  ),

  "beta-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Normal(0, 1))
      const beta = yield* sample("beta", Normal(0, 1))
      const phi = yield* sample("phi", Gamma(4, 0.5))
      yield* plate("rows", function* (row: Line) {
        const mu = sigmoid(line(row, alpha, beta))
        yield* observe("y", Beta(mul(mu, phi), mul(sub(1, mu), phi)))
      })
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.rows("y", "unitInterval") } }),
    { alpha: real(), beta: real(), phi: positive() }
  ),

  "median-regression": judged(
    program(function* () {
      const alpha = yield* sample("alpha", Logistic(0, 2))
      const beta = yield* sample("beta", Laplace(0, 1))
      const scale = yield* sample("scale", LogNormal(0, 1))
      yield* plate("rows", function* (row: Line) {
        yield* observe("y", Laplace(line(row, alpha, beta), scale))
      })
    }),
    (of) => ({ rows: { x: of.rows("x"), y: of.rows("y") } }),
    { alpha: real(), beta: real(), scale: positive() }
  ),

  "skewed-errors": judged(
    program(function* () {
      const xi = yield* sample("xi", Normal(0, 3))
      const omega = yield* sample("omega", HalfNormal(3))
      const alpha = yield* sample("alpha", Normal(0, 2))
      yield* plate("rows", () => observe("y", SkewNormal(xi, omega, alpha)))
    }),
    (of) => ({ rows: { y: of.rows("y") } }),
    { xi: real(), omega: positive(), alpha: real() }
  ),

  shrinkage: judged(
    program(function* () {
      const lambda = yield* sample("lambda", HalfCauchy(1).iid(4))
      const tau = yield* sample("tau", HalfCauchy(0.5))
      const sigma = yield* sample("sigma", HalfStudentT(4, 2))
      const beta = yield* sample("beta", Normal(0, mul(tau, lambda)))
      yield* plate("rows", (row: Vector<4>) => observe("y", Normal(dot(row.x, beta), sigma)))
    }),
    (of) => ({ rows: { x: of.vectors("x", 4), y: of.rows("y") } }),
    { beta: real(4), lambda: positive(4), tau: positive(), sigma: positive() }
  )
}
