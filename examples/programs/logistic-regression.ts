// Logistic regression: an offset and a slope, whose posterior is a normal distribution nearly, with a correlation.
import {
  add,
  at,
  Bernoulli,
  Data,
  MultivariateNormal,
  mul,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { compare, expectations, grid, logistic, moments, momentsOfEntry, product, random, settled } from "./answers.ts"

const regression = program(function* () {
  const w = yield* sample("w", Normal(0, 2).iid(2))
  yield* plate("rows", function* (row: { x: Tensor<[]> }) {
    yield* observe("y", Bernoulli({ logits: add(at(w, 0), mul(at(w, 1), row.x)) }))
  })
}).guide(() => ({ w: MultivariateNormal(param("loc", [2]), { scaleTril: param.cholesky("root", 2) }) }))

const { uniform } = random(2)
const xs = Array.from({ length: 150 }, (_, i) => (3 * i) / 150 - 1)
const ys = xs.map((x) => (uniform() < logistic(-0.5 + 1.5 * x) ? 1 : 0))
const data = { rows: { x: Data.of(xs, []), y: Data.of(ys, [], "boolean") } }
const fitted = await regression.fitPromise(data, { ...settled(2000, 0.05), batchSize: xs.length })

const logDensity = ([a = 0, b = 0]: ReadonlyArray<number>): number =>
  xs.reduce((log, x, i) => log - Math.log1p(Math.exp((ys[i] === 1 ? -1 : 1) * (a + b * x))), -(a ** 2 + b ** 2) / 8)
const exact = expectations(product(grid(-2, 1, 80), grid(0, 3.5, 80)), logDensity)
const { w } = await fitted.sample(20_000)
compare("Logistic regression", [
  ...moments(
    "offset",
    momentsOfEntry(w.values, 0, 2),
    exact.of(([a = 0]) => a),
    0.05
  ),
  ...moments(
    "slope",
    momentsOfEntry(w.values, 1, 2),
    exact.of(([, b = 0]) => b),
    0.05
  )
])
