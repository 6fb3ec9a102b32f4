// Bayesian linear regression as a general program, checked against its exact posterior.
import {
  Data,
  dot,
  Engine,
  Normal,
  Optimizer,
  observe,
  param,
  plate,
  program,
  Schedule,
  sample,
  type Tensor
} from "../src/index.ts"

const noise = 0.5
const regression = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(2))
  yield* plate("rows", function* (row: { x: Tensor<[2]> }) {
    yield* observe("y", Normal(dot(row.x, w), noise))
  })
}).guide(() => ({ w: Normal(param("w.loc", [2]), param.positive("w.scale", [2], 0.1)) }))

// Two uncorrelated columns, so that the exact posterior has independent weights, as the guide does.
const rows = 200
const column = (i: number): readonly [number, number] => [i % 2 === 0 ? 1 : -1, i % 4 < 2 ? 2 : -2]
const xs = Array.from({ length: rows }, (_, i) => column(i))
const ys = xs.map(([a, b], i) => 1.5 * a - 0.7 * b + noise * Math.sin(7 * i * i))

// p(w | data) = N((XᵀX/σ² + I)⁻¹ Xᵀy/σ², (XᵀX/σ² + I)⁻¹), one weight at a time because XᵀX is diagonal (Bishop 2006, equation 3.50).
const exact = [0, 1].map((j) => {
  const precision = xs.reduce((sum, x) => sum + (x[j] ?? 0) ** 2, 0) / noise ** 2 + 1
  const mean = xs.reduce((sum, x, i) => sum + (x[j] ?? 0) * (ys[i] ?? 0), 0) / noise ** 2 / precision
  return { mean, scale: 1 / Math.sqrt(precision) }
})

const data = { rows: { x: Data.of(xs.flat(), [2]), y: Data.of(ys, []) } }
const fitted = await regression.fitPromise(data, {
  epochs: 2000,
  batchSize: rows,
  particles: 16,
  optimizer: Optimizer.adam(Schedule.cosine(0.02), { beta2: 0.99 }),
  progress: false,
  engine: Engine.auto
})
const loc = fitted.parameter("w.loc")
const scale = fitted.parameter("w.scale")
console.log(`${fitted.explain()}\n`)
exact.forEach((posterior, j) => {
  console.log(
    `w[${j}]  fitted ${loc[j]?.toFixed(4)} ± ${scale[j]?.toFixed(4)}   exact ${posterior.mean.toFixed(4)} ± ${posterior.scale.toFixed(4)}`
  )
  const off = Math.max(Math.abs((loc[j] ?? 0) / posterior.mean - 1), Math.abs((scale[j] ?? 0) / posterior.scale - 1))
  if (!(off < 0.01)) throw new Error(`the posterior of w[${j}] is off by ${(100 * off).toFixed(2)} %`)
})
