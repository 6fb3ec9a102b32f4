// Linear regression whose noise is not known: three numbers, whose exact posterior is one integral over the noise.
import {
  Data,
  dot,
  HalfNormal,
  LogNormal,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { compare, expectations, grid, moments, momentsOf, momentsOfEntry, random, settled } from "./answers.ts"

const regression = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(2))
  const noise = yield* sample("noise", HalfNormal(1))
  yield* plate("rows", (row: { x: Tensor<[2]> }) => observe("y", Normal(dot(row.x, w), noise)))
}).guide(() => ({
  w: Normal(param("w.loc", [2]), param.positive("w.scale", [2], 0.1)),
  noise: LogNormal(param("noise.loc", 0), param.positive("noise.scale", 0.1))
}))

// Columns of ±1 and ±2 that are uncorrelated, so that the weights are independent given the noise.
const { normal } = random(1)
const xs = Array.from({ length: 80 }, (_, i): readonly [number, number] => [i % 2 === 0 ? 1 : -1, i % 4 < 2 ? 2 : -2])
const ys = xs.map(([a, b]) => 1.2 * a - 0.7 * b + 0.5 * normal())
const data = { rows: { x: Data.of(xs.flat(), [2]), y: Data.of(ys, []) } }
const fitted = await regression.fitPromise(data, settled(2500, 0.05))

// Given the noise σ each weight is N(m, 1/p) with p = Σx²/σ² + 1 and m = Σxy/σ²/p (Bishop 2006, equation 3.50); p(y | σ) is what is left.
const columns = [0, 1].map((j) => ({
  xx: xs.reduce((sum, x) => sum + (x[j] ?? 0) ** 2, 0),
  xy: xs.reduce((sum, x, i) => sum + (x[j] ?? 0) * (ys[i] ?? 0), 0)
}))
const yy = ys.reduce((sum, y) => sum + y * y, 0)
const given = (sigma: number) =>
  columns.map(({ xx, xy }) => {
    const precision = xx / sigma ** 2 + 1
    return { mean: xy / sigma ** 2 / precision, precision }
  })
const exact = expectations(grid(0.2, 1.2, 1000), (sigma) =>
  given(sigma).reduce(
    (log, { mean, precision }) => log + 0.5 * precision * mean ** 2 - 0.5 * Math.log(precision),
    -0.5 * sigma ** 2 - ys.length * Math.log(sigma) - (0.5 * yy) / sigma ** 2
  )
)
const weight = (j: number) => {
  const mean = exact.of((sigma) => given(sigma)[j]?.mean ?? 0)
  const variance = exact.of((sigma) => 1 / (given(sigma)[j]?.precision ?? 1)).mean
  return { mean: mean.mean, sd: Math.sqrt(variance + mean.sd ** 2) }
}
const { w, noise } = await fitted.sample(20_000)
compare("Linear regression with unknown noise", [
  ...moments("w[0]", momentsOfEntry(w.values, 0, 2), weight(0), 0.05),
  ...moments("w[1]", momentsOfEntry(w.values, 1, 2), weight(1), 0.05),
  ...moments(
    "noise",
    momentsOf(noise.values),
    exact.of((sigma) => sigma),
    0.05
  )
])
